#include "net/shaped_transport.h"

#include <sys/prctl.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "base/error.h"

namespace privquant {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double min_megabits = 0.1;
constexpr std::chrono::milliseconds closing_patience{2000};  // for each frame that still waits at close()
constexpr double max_megabits = 1e6;
constexpr double max_round_trip_milliseconds = 10e3;

Clock::duration to_duration(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

/// What may wait: about a second's worth, so that close() ends soon on a slow link, too, and never less than
/// the link itself holds.
std::size_t max_waiting_bytes(LinkShape shape) {
  const double bytes_per_second = shape.bits_per_second / 8;
  const double second = std::clamp(bytes_per_second, double{max_frame_bytes}, double{max_queued_bytes});
  return static_cast<std::size_t>(std::max(second, bytes_per_second * shape.one_way_delay_seconds));
}

class ShapedTransport final : public Transport {
 public:
  ShapedTransport(std::unique_ptr<Transport> inner, LinkShape shape)
      : inner_(std::move(inner)), shape_(shape), max_waiting_bytes_(max_waiting_bytes(shape)) {
    pacer_ = std::thread([this] { pace(); });
  }
  ~ShapedTransport() override { close(); }
  ShapedTransport(const ShapedTransport&) = delete;
  ShapedTransport& operator=(const ShapedTransport&) = delete;

  void send(Frame frame, std::chrono::milliseconds patience) override {
    std::unique_lock lock(mutex_);
    // No patience here: the link always moves, and if `inner_` does not, it says so.
    changed_.wait(lock, [&] { return waiting_bytes_ < max_waiting_bytes_ || failure_ || closed_; });
    if (closed_) fail_closed_here();
    if (failure_) std::rethrow_exception(failure_);
    const double bits = 8.0 * static_cast<double>(frame.payload.size());
    link_free_ = std::max(link_free_, Clock::now()) + to_duration(bits / shape_.bits_per_second);
    waiting_bytes_ += frame.payload.size();
    waiting_.push_back({std::move(frame), link_free_ + to_duration(shape_.one_way_delay_seconds), patience});
    changed_.notify_all();
  }

  Frame receive(std::chrono::milliseconds patience) override { return inner_->receive(patience); }

  void close() noexcept override {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(closed_, true)) return;
      // Who no longer reads shall not hold up who leaves.
      for (Waiting& waiting : waiting_) waiting.patience = std::min(waiting.patience, closing_patience);
      changed_.notify_all();
    }
    pacer_.join();
    inner_->close();
  }

 private:
  struct Waiting {
    Frame frame;
    Clock::time_point arrival;
    std::chrono::milliseconds patience;
  };

  /// Hands over each frame at its time, until closed and empty.
  void pace() noexcept {
    // The system may wake a sleeper 50 µs late by default: a third of the delay of a LAN.
    ::prctl(PR_SET_TIMERSLACK, 1000UL);
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return !waiting_.empty() || closed_; });
      if (waiting_.empty()) return;
      Waiting next = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      const std::size_t bytes = next.frame.payload.size();
      std::this_thread::sleep_until(next.arrival);
      std::exception_ptr failure;
      try {
        inner_->send(std::move(next.frame), next.patience);
      } catch (...) {  // For the caller's next send().
        failure = std::current_exception();
      }
      lock.lock();
      waiting_bytes_ -= bytes;
      if (failure) {
        failure_ = failure;
        waiting_.clear();
      }
      changed_.notify_all();
      if (failure) return;
    }
  }

  const std::unique_ptr<Transport> inner_;
  const LinkShape shape_;
  const std::size_t max_waiting_bytes_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  Clock::time_point link_free_ = Clock::now();
  std::exception_ptr failure_;
  bool closed_ = false;
  std::thread pacer_;
};

double parse_number(std::string_view text, std::string_view number, double lowest, double highest) {
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc{} || end != number.data() + number.size() || !(value >= lowest && value <= highest))
    fail(ErrorCode::usage,
         "'{}' is no link: write lan, wan or MBPS,RTT_MS, that is megabits per second ({} to {}) and "
         "milliseconds "
         "of round trip (0 to {})",
         text, min_megabits, max_megabits, max_round_trip_milliseconds);
  return value;
}

}  // namespace

LinkShape parse_link_shape(std::string_view text) {
  if (text == "lan") return lan_shape;
  if (text == "wan") return wan_shape;
  const std::size_t comma = std::min(text.find(','), text.size());
  const std::string_view delay = text.substr(std::min(comma + 1, text.size()));
  const double megabits = parse_number(text, text.substr(0, comma), min_megabits, max_megabits);
  const double round_trip = parse_number(text, delay, 0, max_round_trip_milliseconds);
  return {megabits * 1e6, round_trip / 2 / 1e3};
}

std::unique_ptr<Transport> make_shaped_transport(std::unique_ptr<Transport> inner, LinkShape shape) {
  PQ_CHECK(inner != nullptr && shape.bits_per_second > 0 && shape.one_way_delay_seconds >= 0);
  return std::make_unique<ShapedTransport>(std::move(inner), shape);
}

}  // namespace privquant

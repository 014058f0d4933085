#include "net/local_transport.h"

#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "base/error.h"

namespace privquant {

namespace {

/// What one end has sent and the other has not read.
struct Lane {
  std::deque<Frame> frames;
  std::size_t bytes = 0;
  std::uint64_t taken = 0;  ///< frames read so far: progress, as a waiting sender sees it
  bool sender_waits = false;
  bool closed = false;  ///< by the sender
};

struct Link {
  std::mutex mutex;
  std::condition_variable changed;
  std::array<Lane, 2> lanes;
};

class LocalTransport final : public Transport {
 public:
  LocalTransport(std::shared_ptr<Link> link, std::size_t end)
      : link_(std::move(link)), outgoing_(link_->lanes.at(end)), incoming_(link_->lanes.at(1 - end)) {}
  ~LocalTransport() override { close(); }
  LocalTransport(const LocalTransport&) = delete;
  LocalTransport& operator=(const LocalTransport&) = delete;

  void send(Frame frame, std::chrono::milliseconds patience) override {
    std::unique_lock lock(link_->mutex);
    wait_for_room(lock, patience);
    if (outgoing_.closed) fail_closed_here();
    if (incoming_.closed) fail_closed_by_peer();
    if (outgoing_.bytes > max_unread_bytes) fail_too_much_unread();
    outgoing_.bytes += frame.payload.size();
    outgoing_.frames.push_back(std::move(frame));
    link_->changed.notify_all();
  }

  Frame receive(std::chrono::milliseconds patience) override {
    std::unique_lock lock(link_->mutex);
    const bool came = link_->changed.wait_for(
        lock, patience, [&] { return !incoming_.frames.empty() || incoming_.closed || outgoing_.closed; });
    if (outgoing_.closed) fail_closed_here();
    if (!came) fail_silent_peer(patience);
    if (incoming_.frames.empty()) fail_closed_by_peer();
    Frame frame = std::move(incoming_.frames.front());
    incoming_.frames.pop_front();
    incoming_.bytes -= frame.payload.size();
    ++incoming_.taken;
    if (incoming_.sender_waits) link_->changed.notify_all();
    return frame;
  }

  void close() noexcept override {
    const std::lock_guard lock(link_->mutex);
    outgoing_.closed = true;
    link_->changed.notify_all();
  }

 private:
  /// A full lane waits for its reader, but not when the reader waits in the same way: then one of the two
  /// goes on beyond the bound, and the other follows as soon as the first begins to read.
  void wait_for_room(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds patience) {
    const auto may_go = [&] {
      return outgoing_.bytes < max_queued_bytes || incoming_.sender_waits || outgoing_.closed ||
             incoming_.closed;
    };
    if (may_go()) return;
    outgoing_.sender_waits = true;
    link_->changed.notify_all();
    while (!may_go()) {
      const std::uint64_t taken = outgoing_.taken;
      if (link_->changed.wait_for(lock, patience, [&] { return may_go() || outgoing_.taken != taken; }))
        continue;
      outgoing_.sender_waits = false;
      fail_full_peer(patience);
    }
    outgoing_.sender_waits = false;
  }

  std::shared_ptr<Link> link_;
  Lane& outgoing_;
  Lane& incoming_;
};

}  // namespace

std::pair<std::unique_ptr<Transport>, std::unique_ptr<Transport>> make_local_transports() {
  const auto link = std::make_shared<Link>();
  return {std::make_unique<LocalTransport>(link, 0), std::make_unique<LocalTransport>(link, 1)};
}

std::pair<std::unique_ptr<Channel>, std::unique_ptr<Channel>> make_local_channels() {
  auto [first, second] = make_local_transports();
  return {std::make_unique<Channel>(std::move(first)), std::make_unique<Channel>(std::move(second))};
}

}  // namespace privquant

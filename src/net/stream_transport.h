// Transport over an Asio stream that is connected and has shaken hands. Private to this floor: includes Asio.
//
// One thread runs the connection; it alone touches the stream. The caller's threads share two queues with it:
// what waits to leave and what waits to be read. Both are bounded. A full incoming queue makes the thread
// stop reading (and so the peer stop sending), except while the caller itself waits to send: two parties that
// both send much at once would wait for each other for ever.
#pragma once

#include <array>
#include <asio/buffer.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/write.hpp>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "net/frame_header.h"
#include "net/transport.h"

namespace privquant {

/// What ended a connection, for whoever asks for the next frame.
struct StreamFailure {
  ErrorCode code;
  std::string sentence;
};
StreamFailure describe_read_failure(const asio::error_code& error);
StreamFailure describe_garbage(Bytes first_bytes);

template <typename Stream>
class StreamTransport final : public Transport {
 public:
  StreamTransport(std::unique_ptr<asio::io_context> io, std::unique_ptr<Stream> stream);
  ~StreamTransport() override { close(); }
  StreamTransport(const StreamTransport&) = delete;
  StreamTransport& operator=(const StreamTransport&) = delete;

  void send(Frame frame, std::chrono::milliseconds patience) override;
  Frame receive(std::chrono::milliseconds patience) override;
  void close() noexcept override;

 private:
  using Lock = std::unique_lock<std::mutex>;

  /// One call to the system takes this many frames, header and payload each.
  static constexpr std::size_t max_batch_frames = 8;
  /// Headers and small frames come through here; the rest of a large one goes straight to its place.
  static constexpr std::size_t staging_bytes = 4096;
  static constexpr std::chrono::milliseconds farewell{2000};

  /// What a queued frame costs in memory: a hostile peer may send many tiny ones.
  static std::size_t cost(const Frame& frame) { return frame.payload.size() + 2 * sizeof(Frame) + 64; }

  void run() noexcept;
  // Called with the lock held.
  bool gone() const { return end_.has_value() || peer_done_ || write_failed_ || closed_; }
  bool may_read() const { return incoming_bytes_ < max_queued_bytes || sender_waits_ || closed_; }
  void wait_for_room(Lock& lock, std::chrono::milliseconds patience);
  void wake_reader();
  // The rest runs in the connection's thread.
  void write_queued();
  void on_written(const asio::error_code& error);
  void read_staging();
  void take_frames();
  void read_payload();
  bool deliver();
  void end_reading(StreamFailure failure);
  void shut_sending_side();

  std::unique_ptr<asio::io_context> io_;
  std::unique_ptr<Stream> stream_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Frame> outgoing_;
  std::size_t outgoing_bytes_ = 0;  ///< queued and in flight
  std::uint64_t written_ = 0;       ///< batches that left: progress, as a waiting sender sees it
  bool writer_awake_ = false;
  bool sender_waits_ = false;
  bool write_failed_ = false;
  std::deque<Frame> incoming_;
  std::size_t incoming_bytes_ = 0;
  bool reader_awake_ = true;
  bool peer_done_ = false;            ///< its last frame has come
  std::optional<StreamFailure> end_;  ///< nothing can be read any more
  bool closed_ = false;

  std::vector<Frame> batch_;
  std::size_t batch_bytes_ = 0;
  std::array<FrameHeaderBytes, max_batch_frames> headers_{};
  std::array<asio::const_buffer, 2 * max_batch_frames> buffers_{};
  std::array<std::uint8_t, staging_bytes> staging_{};
  std::size_t staged_begin_ = 0;
  std::size_t staged_end_ = 0;
  Frame frame_;  ///< being read
  std::size_t filled_ = 0;

  std::thread thread_;
};

template <typename Stream>
StreamTransport<Stream>::StreamTransport(std::unique_ptr<asio::io_context> io, std::unique_ptr<Stream> stream)
    : io_(std::move(io)), stream_(std::move(stream)), work_(asio::make_work_guard(*io_)) {
  batch_.reserve(max_batch_frames);
  io_->restart();
  asio::post(*io_, [this] { read_staging(); });
  thread_ = std::thread([this] { run(); });
}

template <typename Stream>
void StreamTransport<Stream>::send(Frame frame, std::chrono::milliseconds patience) {
  PQ_CHECK(frame.payload.size() <= max_frame_bytes);
  Lock lock(mutex_);
  wait_for_room(lock, patience);
  if (closed_) fail_closed_here();
  if (end_) throw Error(end_->code, end_->sentence);
  if (gone()) fail_closed_by_peer();
  outgoing_bytes_ += cost(frame);
  outgoing_.push_back(std::move(frame));
  if (std::exchange(writer_awake_, true)) return;
  lock.unlock();
  asio::post(*io_, [this] { write_queued(); });
}

template <typename Stream>
Frame StreamTransport<Stream>::receive(std::chrono::milliseconds patience) {
  Lock lock(mutex_);
  const bool came =
      changed_.wait_for(lock, patience, [&] { return !incoming_.empty() || end_ || peer_done_ || closed_; });
  if (closed_) fail_closed_here();
  if (!came) fail_silent_peer(patience);
  if (incoming_.empty()) {
    if (end_) throw Error(end_->code, end_->sentence);
    fail_closed_by_peer();
  }
  Frame frame = std::move(incoming_.front());
  incoming_.pop_front();
  incoming_bytes_ -= cost(frame);
  if (incoming_bytes_ < max_queued_bytes / 2) wake_reader();
  return frame;
}

template <typename Stream>
void StreamTransport<Stream>::close() noexcept {
  {
    Lock lock(mutex_);
    if (std::exchange(closed_, true)) return;
    const auto deadline = std::chrono::steady_clock::now() + farewell;
    changed_.notify_all();
    changed_.wait_until(lock, deadline, [&] { return !writer_awake_ || write_failed_; });
    // A socket that is closed with unread bytes resets the connection, and the reset overtakes our last
    // words. So read on, and throw away, until the peer has seen that we end.
    asio::post(*io_, [this] { shut_sending_side(); });
    wake_reader();
    changed_.wait_until(lock, deadline, [&] { return end_ || peer_done_; });
  }
  io_->stop();
  thread_.join();
  stream_.reset();
}

template <typename Stream>
void StreamTransport<Stream>::run() noexcept {
  try {
    io_->run();
  } catch (const std::exception&) {
    // Handlers throw only when memory ends.
    end_reading({ErrorCode::network, "the connection broke because memory ran out; free some and try again"});
  }
}

template <typename Stream>
void StreamTransport<Stream>::wait_for_room(Lock& lock, std::chrono::milliseconds patience) {
  const auto settled = [&] { return outgoing_bytes_ < max_queued_bytes || gone(); };
  if (settled()) return;
  sender_waits_ = true;
  wake_reader();
  bool moved = true;
  while (moved && !settled()) {
    const std::uint64_t seen = written_;
    moved = changed_.wait_for(lock, patience, [&] { return settled() || written_ != seen; });
  }
  sender_waits_ = false;
  if (!moved) fail_full_peer(patience);
}

template <typename Stream>
void StreamTransport<Stream>::wake_reader() {
  if (end_ || peer_done_ || std::exchange(reader_awake_, true)) return;
  asio::post(*io_, [this] { read_staging(); });
}

template <typename Stream>
void StreamTransport<Stream>::write_queued() {
  {
    const Lock lock(mutex_);
    while (!outgoing_.empty() && batch_.size() < max_batch_frames) {
      batch_.push_back(std::move(outgoing_.front()));
      outgoing_.pop_front();
    }
    writer_awake_ = !batch_.empty();
    if (batch_.empty()) {
      if (closed_) changed_.notify_all();
      return;
    }
  }
  batch_bytes_ = 0;
  for (std::size_t i = 0; i < batch_.size(); ++i) {
    headers_.at(i) = encode_frame_header(batch_[i]);
    buffers_.at(2 * i) = asio::buffer(headers_.at(i));
    buffers_.at(2 * i + 1) = asio::const_buffer(batch_[i].payload.data(), batch_[i].payload.size());
    batch_bytes_ += cost(batch_[i]);
  }
  // Asio would by default hand over 64 KiB a call.
  const auto whole = [](const asio::error_code& error, std::size_t) { return error ? 0 : SIZE_MAX; };
  asio::async_write(*stream_, std::span<const asio::const_buffer>(buffers_.data(), 2 * batch_.size()), whole,
                    [this](const asio::error_code& error, std::size_t) { on_written(error); });
}

template <typename Stream>
void StreamTransport<Stream>::on_written(const asio::error_code& error) {
  batch_.clear();
  {
    const Lock lock(mutex_);
    outgoing_bytes_ -= batch_bytes_;
    ++written_;
    if (error) {
      // Reading goes on: the reason may be on its way.
      write_failed_ = true;
      writer_awake_ = true;
      outgoing_.clear();
    }
    if (sender_waits_ || error) changed_.notify_all();
  }
  if (!error) write_queued();
}

template <typename Stream>
void StreamTransport<Stream>::read_staging() {
  {
    const Lock lock(mutex_);
    reader_awake_ = may_read();
    if (!reader_awake_) return;
  }
  std::copy(staging_.begin() + static_cast<std::ptrdiff_t>(staged_begin_),
            staging_.begin() + static_cast<std::ptrdiff_t>(staged_end_), staging_.begin());
  staged_end_ -= std::exchange(staged_begin_, 0);
  stream_->async_read_some(asio::buffer(staging_) + staged_end_,
                           [this](const asio::error_code& error, std::size_t count) {
                             if (error) return end_reading(describe_read_failure(error));
                             staged_end_ += count;
                             take_frames();
                           });
}

template <typename Stream>
void StreamTransport<Stream>::take_frames() {
  for (;;) {
    const Bytes staged(staging_.data() + staged_begin_, staged_end_ - staged_begin_);
    if (!may_begin_frame(staged)) return end_reading(describe_garbage(staged));
    if (staged.size() < frame_header_bytes) return read_staging();
    FrameHeaderBytes bytes{};
    std::copy_n(staged.begin(), bytes.size(), bytes.begin());
    const auto header = decode_frame_header(bytes);
    if (!header) return end_reading(describe_garbage(staged));
    frame_.kind = header->kind;
    frame_.depth = header->depth;
    frame_.payload.resize(header->length);
    const Bytes body = staged.subspan(frame_header_bytes);
    filled_ = std::min(body.size(), frame_.payload.size());
    std::copy_n(body.begin(), filled_, frame_.payload.begin());
    staged_begin_ += frame_header_bytes + filled_;
    if (filled_ < frame_.payload.size()) return read_payload();
    if (!deliver()) return;
  }
}

template <typename Stream>
void StreamTransport<Stream>::read_payload() {
  stream_->async_read_some(asio::buffer(frame_.payload.data(), frame_.payload.size()) + filled_,
                           [this](const asio::error_code& error, std::size_t count) {
                             if (error) return end_reading(describe_read_failure(error));
                             filled_ += count;
                             if (filled_ < frame_.payload.size()) return read_payload();
                             if (deliver()) take_frames();
                           });
}

/// Hands the frame to the caller. False if it is the last one to be read.
template <typename Stream>
bool StreamTransport<Stream>::deliver() {
  Frame frame = std::exchange(frame_, {});
  const bool last = frame.kind != FrameKind::data;
  {
    const Lock lock(mutex_);
    if (!closed_) {
      incoming_bytes_ += cost(frame);
      incoming_.push_back(std::move(frame));
    }
    peer_done_ = last;
    changed_.notify_all();
    if (!last && incoming_bytes_ <= max_unread_bytes) return true;
  }
  if (last) {
    shut_sending_side();  // As in end_reading().
  } else {
    end_reading({ErrorCode::peer,
                 "the other party sends more than this one can keep while it sends itself; "
                 "split the work into parts"});
  }
  return false;
}

template <typename Stream>
void StreamTransport<Stream>::end_reading(StreamFailure failure) {
  {
    const Lock lock(mutex_);
    if (!end_) end_ = std::move(failure);
    changed_.notify_all();
  }
  // Whoever has ended reads nothing any more; our end lets it go at once.
  shut_sending_side();
}

/// Ends TCP's direction only. TLS's own good-bye is not needed: the close frame, which TLS protects, plays
/// its part, and an end without one is an error on the other side.
template <typename Stream>
void StreamTransport<Stream>::shut_sending_side() {
  asio::error_code ignored;
  stream_->lowest_layer().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

}  // namespace privquant

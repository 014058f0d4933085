// Moves frames between two processes (or two threads). Channel is what protocols use.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace privquant {

/// No frame is longer: a length beyond it is refused before memory is taken.
inline constexpr std::size_t max_frame_bytes = std::size_t{1} << 20;
/// A queue that holds this much makes its sender wait.
inline constexpr std::size_t max_queued_bytes = std::size_t{8} << 20;
/// Where two parties that send at once may exceed max_queued_bytes, they may not exceed this.
inline constexpr std::size_t max_unread_bytes = std::size_t{4} << 30;

enum class FrameKind : std::uint8_t {
  data = 1,
  abort = 2,  ///< the payload is the sender's reason, UTF-8, at most 512 bytes
  close = 3,  ///< an orderly end: nothing follows
};

struct Frame {
  FrameKind kind = FrameKind::data;
  std::uint32_t depth = 0;  ///< see meter.h
  WireBuffer payload;
};

/// One thread may send while another receives; otherwise not thread-safe.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Queues a frame and returns; blocks only while more than a few frames' worth of memory waits to leave
  /// and never in a way in which two parties that both send could wait for each other for ever.
  /// @throws Error(network) when the connection is gone, Error(timeout) when it had to wait and the other
  /// party took nothing for `patience`.
  virtual void send(Frame frame, std::chrono::milliseconds patience) = 0;
  /// The next frame. @throws Error(timeout) after `patience` without one, Error(network) when the
  /// connection closed or broke, Error(peer) on bytes that are no frame.
  virtual Frame receive(std::chrono::milliseconds patience) = 0;
  /// Sends what is queued (for at most a second or two) and closes. Idempotent; never throws.
  virtual void close() noexcept = 0;
};

/// The sentences that all transports share.
[[noreturn]] void fail_closed_by_peer();
[[noreturn]] void fail_closed_here();
[[noreturn]] void fail_silent_peer(std::chrono::milliseconds patience);
[[noreturn]] void fail_full_peer(std::chrono::milliseconds patience);
[[noreturn]] void fail_too_much_unread();

}  // namespace privquant

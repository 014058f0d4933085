// Moves frames between two processes (or two threads). Channel is what protocols use.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace privquant {

/// No frame is longer: a length beyond it is refused before memory is taken.
inline constexpr std::size_t max_frame_bytes = std::size_t{1} << 20;

enum class FrameKind : std::uint8_t {
  data = 1,
  abort = 2,  ///< the payload is the sender's reason, UTF-8, at most 512 bytes
  close = 3,  ///< an orderly end: nothing follows
};

struct Frame {
  FrameKind kind = FrameKind::data;
  std::uint32_t depth = 0;  ///< see meter.h
  SecretVector<std::uint8_t> payload;
};

class Transport {
 public:
  virtual ~Transport() = default;
  /// Queues a frame and returns; blocks only while more than a few frames' worth of memory waits to leave
  /// and never in a way in which two parties that both send could wait for each other for ever.
  /// @throws Error(network) when the connection is gone.
  virtual void send(Frame frame) = 0;
  /// The next frame. @throws Error(timeout) after `patience` without one, Error(network) when the
  /// connection closed or broke, Error(peer) on bytes that are no frame.
  virtual Frame receive(std::chrono::milliseconds patience) = 0;
  /// Sends what is queued (for at most a second or two) and closes. Idempotent; never throws.
  virtual void close() noexcept = 0;
};

}  // namespace privquant

// The two-party channel: an ordered stream of bytes each way, metered. Read this header first.
//
// Messages have no length of their own: both parties run the same protocol and know how long each is.
// send() gathers small messages into frames; receive() flushes first. Sending overlaps with computing.
// Not thread-safe: one thread drives a channel.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "net/meter.h"
#include "net/transport.h"

namespace privquant {

class Channel {
 public:
  explicit Channel(std::unique_ptr<Transport> transport);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Copies into the buffer of the current frame; full frames leave at once.
  /// @throws Error(network) when the connection is gone, Error(peer) if the peer aborted, Error(timeout) when
  /// it takes nothing any more.
  void send(Bytes message);
  /// Fills `message` completely. Flushes first.
  /// @throws Error(timeout | network | peer); Error(peer) carries the peer's reason if it aborted.
  void receive(MutableBytes message);
  /// Sends what is buffered.
  void flush();

  /// Both parties call it at the same point of a protocol, where everything sent has been read: rounds from
  /// here on count from here, whoever spoke last before.
  void align_rounds();

  /// A message that carries its length (for the handshake): 4 bytes little-endian, then the bytes.
  void send_sized(Bytes message);
  /// @throws Error(peer) if the length exceeds `limit`, before memory is taken.
  std::vector<std::uint8_t> receive_sized(std::size_t limit);

  /// Tells the peer why this side gives up, and closes. Never throws. The reason must hold no secret.
  void abort(const std::string& reason) noexcept;
  /// Flushes, says good-bye and closes. Never throws.
  void close() noexcept;

  /// How long receive() waits for the peer, and send() for room, before they throw (default 60 s).
  void set_patience(std::chrono::milliseconds patience) { patience_ = patience; }
  /// A moment after which receive() and send() throw Error(timeout), however much has come by then: patience
  /// alone begins anew with every frame. None (the default): no such moment.
  void set_deadline(std::optional<std::chrono::steady_clock::time_point> deadline) { deadline_ = deadline; }
  Meter& meter() { return meter_; }

  /// SHA-256 over everything sent so far, for tests that pin the wire (off unless asked for).
  void trace_sent();
  std::string sent_digest() const;

 private:
  class Trace;

  void require_open() const;
  std::chrono::milliseconds time_to_wait() const;
  void raise_horizon(std::uint32_t depth);
  void send_frame(Frame frame);
  void read_frame();
  void report_abort();

  std::unique_ptr<Transport> transport_;
  Meter meter_;
  std::chrono::milliseconds patience_{60'000};
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  WireBuffer outgoing_;
  WireBuffer incoming_;
  std::size_t incoming_read_ = 0;
  std::uint32_t clock_ = 0;    ///< depth of the deepest message read
  std::uint32_t horizon_ = 0;  ///< depth of the deepest message seen, sent or read
  bool closed_ = false;
  std::unique_ptr<Trace> trace_;
};

}  // namespace privquant

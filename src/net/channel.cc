#include "net/channel.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace privquant {

namespace {

using namespace std::chrono_literals;

/// Large enough that a frame's fixed cost vanishes, small enough to stay in a core's cache on its way.
constexpr std::size_t frame_bytes = std::size_t{128} << 10;
/// Below this a frame gets memory of its own size and the buffer is kept.
constexpr std::size_t small_frame_bytes = frame_bytes / 4;
constexpr std::size_t max_reason_bytes = 512;
/// How long the last words may take.
constexpr std::chrono::milliseconds farewell_patience = 1s;

/// What a peer says goes to a terminal and a log: no control characters, no escapes, no lookalikes.
std::string printable(Bytes text) {
  std::string clean;
  for (const std::uint8_t byte : text.first(std::min(text.size(), max_reason_bytes)))
    clean += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '?';
  return clean;
}

[[noreturn]] void fail_given_up(const Frame& frame) {
  fail(ErrorCode::peer, "the other party gave up: {}", printable(frame.payload));
}

std::array<std::uint8_t, 4> little_endian(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8),
          static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 24)};
}

}  // namespace

class Channel::Trace {
 public:
  Trace() : context_(EVP_MD_CTX_new()) {
    PQ_CHECK(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }

  void update(Bytes bytes) { PQ_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1); }

  std::string digest() const {
    const Context copy(EVP_MD_CTX_new());
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> bytes{};
    unsigned length = 0;
    PQ_CHECK(copy && EVP_MD_CTX_copy_ex(copy.get(), context_.get()) == 1 &&
             EVP_DigestFinal_ex(copy.get(), bytes.data(), &length) == 1);
    std::string hex;
    for (unsigned i = 0; i < length; ++i) hex += fmt::format("{:02x}", bytes[i]);
    return hex;
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  using Context = std::unique_ptr<EVP_MD_CTX, Free>;
  Context context_;
};

Channel::Channel(std::unique_ptr<Transport> transport) : transport_(std::move(transport)) {
  PQ_CHECK(transport_ != nullptr);
}

Channel::~Channel() { close(); }

void Channel::send(Bytes message) {
  require_open();
  if (message.empty()) return;
  meter_.count_sent(message.size());
  // The depth is settled now: nothing can be read before these bytes leave. So the round counts under the
  // label that sent first, as it does on the other side.
  raise_horizon(clock_ + 1);
  if (trace_) trace_->update(message);
  while (!message.empty()) {
    if (outgoing_.capacity() < frame_bytes) outgoing_.reserve(frame_bytes);
    const std::size_t used = outgoing_.size();
    const std::size_t part = std::min(message.size(), frame_bytes - used);
    outgoing_.resize(used + part);
    std::memcpy(outgoing_.data() + used, message.data(), part);
    message = message.subspan(part);
    if (outgoing_.size() == frame_bytes) flush();
  }
}

void Channel::receive(MutableBytes message) {
  require_open();
  flush();
  const std::size_t length = message.size();
  while (!message.empty()) {
    if (incoming_read_ == incoming_.size()) read_frame();
    const std::size_t part = std::min(message.size(), incoming_.size() - incoming_read_);
    std::memcpy(message.data(), incoming_.data() + incoming_read_, part);
    incoming_read_ += part;
    message = message.subspan(part);
  }
  meter_.count_received(length);
}

void Channel::flush() {
  require_open();
  if (outgoing_.empty()) return;
  Frame frame;
  frame.depth = clock_ + 1;
  if (outgoing_.size() < small_frame_bytes) {
    frame.payload.resize(outgoing_.size());
    std::memcpy(frame.payload.data(), outgoing_.data(), outgoing_.size());
    outgoing_.clear();
  } else {
    frame.payload = std::exchange(outgoing_, {});
  }
  send_frame(std::move(frame));
}

void Channel::align_rounds() {
  flush();
  clock_ = horizon_;
}

void Channel::send_sized(Bytes message) {
  PQ_CHECK(message.size() <= UINT32_MAX);
  send(little_endian(static_cast<std::uint32_t>(message.size())));
  send(message);
}

std::vector<std::uint8_t> Channel::receive_sized(std::size_t limit) {
  std::array<std::uint8_t, 4> bytes{};
  receive(bytes);
  const std::uint32_t length = std::uint32_t{bytes[0]} | std::uint32_t{bytes[1]} << 8 |
                               std::uint32_t{bytes[2]} << 16 | std::uint32_t{bytes[3]} << 24;
  if (length > limit)
    fail(ErrorCode::peer,
         "the other party announces a message of {} bytes where at most {} are allowed; check that both run "
         "the "
         "same version of privquant",
         length, limit);
  std::vector<std::uint8_t> message(length);
  receive(message);
  return message;
}

void Channel::abort(const std::string& reason) noexcept {
  if (std::exchange(closed_, true)) return;
  try {
    Frame frame;
    frame.kind = FrameKind::abort;
    frame.payload.assign(reason.begin(), reason.begin() + static_cast<std::ptrdiff_t>(
                                                              std::min(reason.size(), max_reason_bytes)));
    transport_->send(std::move(frame), farewell_patience);
  } catch (...) {  // Whoever is gone needs no reason.
  }
  transport_->close();
}

void Channel::close() noexcept {
  if (closed_) return;
  try {
    patience_ = std::min(patience_, farewell_patience);
    deadline_.reset();
    flush();
    Frame frame;
    frame.kind = FrameKind::close;
    transport_->send(std::move(frame), patience_);
  } catch (...) {  // Whoever is gone needs no good-bye.
  }
  closed_ = true;
  transport_->close();
}

void Channel::trace_sent() { trace_ = std::make_unique<Trace>(); }

std::string Channel::sent_digest() const {
  PQ_CHECK(trace_ != nullptr);
  return trace_->digest();
}

void Channel::require_open() const {
  if (closed_) fail_closed_here();
}

std::chrono::milliseconds Channel::time_to_wait() const {
  if (!deadline_) return patience_;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - std::chrono::steady_clock::now());
  if (left <= 0ms)
    fail(ErrorCode::timeout, "the other party took too long to say what it had to say; try again");
  return std::min(patience_, left);
}

void Channel::raise_horizon(std::uint32_t depth) {
  if (depth <= horizon_) return;
  meter_.count_rounds(depth - horizon_);
  horizon_ = depth;
}

void Channel::send_frame(Frame frame) {
  try {
    transport_->send(std::move(frame), time_to_wait());
  } catch (const Error& error) {
    if (error.code() == ErrorCode::network) report_abort();
    throw;
  }
}

/// A connection breaks under a sender because the peer gave up; its reason waits behind data that nobody
/// will read any more.
void Channel::report_abort() {
  const auto deadline = std::chrono::steady_clock::now() + farewell_patience;
  std::optional<Frame> last;
  try {
    do last = transport_->receive(farewell_patience);
    while (last->kind == FrameKind::data && std::chrono::steady_clock::now() < deadline);
  } catch (const Error&) {  // No reason came; the caller's error stands.
    return;
  }
  if (last->kind == FrameKind::abort) fail_given_up(*last);
}

void Channel::read_frame() {
  Frame frame = transport_->receive(time_to_wait());
  if (frame.kind == FrameKind::abort) fail_given_up(frame);
  if (frame.kind == FrameKind::close) fail_closed_by_peer();
  // A true peer is at most one step ahead of what this side knows, and never sends an empty frame.
  if (frame.depth == 0 || frame.depth > horizon_ + 1 || frame.payload.empty())
    fail(ErrorCode::peer,
         "the other party does not keep to the protocol: a frame of {} bytes at depth {}; {}",
         frame.payload.size(), frame.depth, "check that both run the same version of privquant");
  clock_ = std::max(clock_, frame.depth);
  raise_horizon(frame.depth);
  incoming_ = std::move(frame.payload);
  incoming_read_ = 0;
}

}  // namespace privquant

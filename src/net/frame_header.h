// The 12 bytes before each frame on a socket: "PQ1", kind, then length of the payload and depth, both 32 bits
// little-endian.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "net/transport.h"

namespace privquant {

inline constexpr std::size_t frame_header_bytes = 12;
using FrameHeaderBytes = std::array<std::uint8_t, frame_header_bytes>;

struct FrameHeader {
  FrameKind kind = FrameKind::data;
  std::uint32_t length = 0;
  std::uint32_t depth = 0;
};

FrameHeaderBytes encode_frame_header(const Frame& frame);
/// Nothing if these are no frame's first bytes or the frame is longer than max_frame_bytes.
std::optional<FrameHeader> decode_frame_header(const FrameHeaderBytes& bytes);
/// Whether a frame may begin with these bytes, as few as there are.
bool may_begin_frame(Bytes bytes);

}  // namespace privquant

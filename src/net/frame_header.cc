#include "net/frame_header.h"

#include <algorithm>

namespace privquant {

namespace {

/// The digit is the version of the framing.
constexpr std::array<std::uint8_t, 3> magic{'P', 'Q', '1'};

void put_u32(std::uint8_t* at, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

std::uint32_t get_u32(const std::uint8_t* at) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value |= std::uint32_t{at[i]} << (8 * i);
  return value;
}

}  // namespace

FrameHeaderBytes encode_frame_header(const Frame& frame) {
  FrameHeaderBytes bytes{};
  std::copy(magic.begin(), magic.end(), bytes.begin());
  bytes[3] = static_cast<std::uint8_t>(frame.kind);
  put_u32(&bytes[4], static_cast<std::uint32_t>(frame.payload.size()));
  put_u32(&bytes[8], frame.depth);
  return bytes;
}

std::optional<FrameHeader> decode_frame_header(const FrameHeaderBytes& bytes) {
  const FrameHeader header{static_cast<FrameKind>(bytes[3]), get_u32(&bytes[4]), get_u32(&bytes[8])};
  const bool known =
      header.kind == FrameKind::data || header.kind == FrameKind::abort || header.kind == FrameKind::close;
  if (!may_begin_frame(bytes) || !known || header.length > max_frame_bytes) return std::nullopt;
  return header;
}

bool may_begin_frame(Bytes bytes) {
  const std::size_t length = std::min(bytes.size(), magic.size());
  return std::equal(magic.begin(), magic.begin() + static_cast<std::ptrdiff_t>(length), bytes.begin());
}

}  // namespace privquant

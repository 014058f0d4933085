#include "data/interleaved.h"

#include "base/error.h"

namespace privquant {

Picture from_interleaved(int channels, int height, int width, Bytes pixels) {
  const auto planes = static_cast<std::size_t>(channels);
  const std::size_t area = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  PQ_CHECK(pixels.size() == planes * area);
  Picture picture{channels, height, width, std::vector<std::uint8_t>(pixels.size())};
  for (std::size_t plane = 0; plane < planes; ++plane) {
    for (std::size_t i = 0; i < area; ++i) picture.bytes[plane * area + i] = pixels[i * planes + plane];
  }
  return picture;
}

std::uint8_t luma(const Picture& picture, std::size_t pixel) {
  if (picture.channels == 1) return picture.bytes[pixel];
  const std::size_t area = picture.bytes.size() / 3;
  const unsigned red = picture.bytes[pixel];
  const unsigned green = picture.bytes[area + pixel];
  const unsigned blue = picture.bytes[2 * area + pixel];
  return static_cast<std::uint8_t>((299 * red + 587 * green + 114 * blue + 500) / 1000);
}

Picture with_channels(Picture picture, int channels) {
  if (channels != 1 && channels != 3) {
    fail(ErrorCode::usage, "pictures have 1 or 3 channels, not {}; use a network that takes one of these",
         channels);
  }
  if (picture.channels == channels) return picture;
  const std::size_t area = static_cast<std::size_t>(picture.height) * static_cast<std::size_t>(picture.width);
  std::vector<std::uint8_t> bytes(area * static_cast<std::size_t>(channels));
  for (std::size_t plane = 0; plane < static_cast<std::size_t>(channels); ++plane) {
    for (std::size_t i = 0; i < area; ++i) bytes[plane * area + i] = luma(picture, i);
  }
  return {channels, picture.height, picture.width, std::move(bytes)};
}

}  // namespace privquant

#include <array>

#include "base/error.h"
#include "data/interleaved.h"
#include "data/picture.h"

namespace privquant {
namespace {

std::array<std::uint8_t, 3> colour_of(const Picture& picture, std::size_t pixel) {
  const std::uint8_t first = picture.bytes[pixel];
  if (picture.channels == 1) return {first, first, first};
  const std::size_t area = picture.bytes.size() / 3;
  return {first, picture.bytes[area + pixel], picture.bytes[2 * area + pixel]};
}

/// Black and white by error diffusion (Floyd–Steinberg), so that greys stay visible without colour.
std::vector<bool> dither(const Picture& picture) {
  const auto width = static_cast<std::size_t>(picture.width);
  const std::size_t area = width * static_cast<std::size_t>(picture.height);
  std::vector<int> value(area);
  for (std::size_t i = 0; i < area; ++i) value[i] = 16 * luma(picture, i);
  std::vector<bool> lit(area);
  for (std::size_t i = 0; i < area; ++i) {
    lit[i] = value[i] >= 16 * 128;
    const int error = (value[i] - (lit[i] ? 16 * 255 : 0)) / 16;
    const bool last_column = i % width == width - 1;
    const bool last_row = i + width >= area;
    if (!last_column) value[i + 1] += 7 * error;
    if (!last_row && i % width != 0) value[i + width - 1] += 3 * error;
    if (!last_row) value[i + width] += 5 * error;
    if (!last_row && !last_column) value[i + width + 1] += error;
  }
  return lit;
}

}  // namespace

std::string render_blocks(const Picture& picture, bool colour) {
  PQ_CHECK(picture.channels == 1 || picture.channels == 3);
  const auto width = static_cast<std::size_t>(picture.width);
  const auto height = static_cast<std::size_t>(picture.height);
  const std::vector<bool> lit = colour ? std::vector<bool>{} : dither(picture);
  std::string text;
  for (std::size_t row = 0; row < height; row += 2) {
    const bool has_lower = row + 1 < height;
    for (std::size_t column = 0; column < width; ++column) {
      const std::size_t upper = row * width + column;
      const std::size_t lower = upper + width;
      if (colour) {
        const auto [r, g, b] = colour_of(picture, upper);
        text += fmt::format("\x1b[38;2;{};{};{}m", r, g, b);
        if (has_lower) {
          const auto [r2, g2, b2] = colour_of(picture, lower);
          text += fmt::format("\x1b[48;2;{};{};{}m", r2, g2, b2);
        }
        text += "▀";
      } else {
        static constexpr std::array<const char*, 4> blocks{" ", "▀", "▄", "█"};
        text += blocks[(lit[upper] ? 1U : 0U) + (has_lower && lit[lower] ? 2U : 0U)];
      }
    }
    text += colour ? "\x1b[0m\n" : "\n";
  }
  return text;
}

}  // namespace privquant

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "data/limits.h"
#include "data/picture.h"

namespace privquant {
namespace {

/// For a pixel of the result: the two pixels of the source it lies between, and how far.
struct Tap {
  std::size_t first, second;
  double fraction;
};

std::vector<Tap> taps(int from, int to) {
  std::vector<Tap> result(static_cast<std::size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * from / to - 0.5;
    const double place = std::clamp(centre, 0.0, static_cast<double>(from - 1));
    const auto first = static_cast<std::size_t>(place);
    const std::size_t second = std::min(first + 1, static_cast<std::size_t>(from - 1));
    result[static_cast<std::size_t>(i)] = {first, second, place - static_cast<double>(first)};
  }
  return result;
}

}  // namespace

Picture resize(const Picture& picture, int height, int width) {
  PQ_CHECK(picture.height > 0 && picture.width > 0 && height > 0 && width > 0);
  check_picture_size("the resized picture", static_cast<std::uint64_t>(height),
                     static_cast<std::uint64_t>(width));
  const std::vector<Tap> rows = taps(picture.height, height);
  const std::vector<Tap> columns = taps(picture.width, width);
  const auto source_width = static_cast<std::size_t>(picture.width);
  const std::size_t source_area = source_width * static_cast<std::size_t>(picture.height);

  Picture result{picture.channels, height, width, {}};
  result.bytes.reserve(static_cast<std::size_t>(picture.channels) * rows.size() * columns.size());
  for (std::size_t plane = 0; plane < static_cast<std::size_t>(picture.channels); ++plane) {
    const std::uint8_t* source = picture.bytes.data() + plane * source_area;
    for (const Tap& row : rows) {
      const std::uint8_t* above = source + row.first * source_width;
      const std::uint8_t* below = source + row.second * source_width;
      for (const Tap& column : columns) {
        const double top = std::lerp(above[column.first], above[column.second], column.fraction);
        const double bottom = std::lerp(below[column.first], below[column.second], column.fraction);
        result.bytes.push_back(static_cast<std::uint8_t>(std::lround(std::lerp(top, bottom, row.fraction))));
      }
    }
  }
  return result;
}

}  // namespace privquant

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "data/picture.h"

namespace privquant {
namespace {

// How much larger than what is cut out of it a photograph may stay.
constexpr double margin = 8.0 / 7.0;

Picture cut_centre(const Picture& picture, int height, int width) {
  PQ_CHECK(height <= picture.height && width <= picture.width);
  const auto source_width = static_cast<std::ptrdiff_t>(picture.width);
  const std::ptrdiff_t top = (picture.height - height) / 2;
  const std::ptrdiff_t left = (picture.width - width) / 2;
  Picture result{picture.channels, height, width, {}};
  result.bytes.reserve(static_cast<std::size_t>(picture.channels) * static_cast<std::size_t>(height) *
                       static_cast<std::size_t>(width));
  for (std::ptrdiff_t plane = 0; plane < picture.channels; ++plane) {
    for (std::ptrdiff_t row = top; row < top + height; ++row) {
      const auto first = picture.bytes.begin() + (plane * picture.height + row) * source_width + left;
      result.bytes.insert(result.bytes.end(), first, first + width);
    }
  }
  return result;
}

/// Down to `margin` times the size, in one direction exactly.
Picture scale_down(Picture picture, int height, int width) {
  const auto factor = [&] {
    return margin *
           std::max(static_cast<double>(height) / picture.height, static_cast<double>(width) / picture.width);
  };
  // Halving averages; a bilinear step of more than that would pass pixels over.
  while (factor() <= 0.5) picture = resize(picture, picture.height / 2, picture.width / 2);
  if (factor() >= 1) return picture;
  const auto scaled = [&](int side, int least) {
    return std::max(least, static_cast<int>(std::lround(side * factor())));
  };
  return resize(picture, scaled(picture.height, height), scaled(picture.width, width));
}

}  // namespace

std::optional<Picture> fit(const LabelledPicture& picture, int height, int width) {
  const Picture& given = picture.picture;
  if (given.height == height && given.width == width) return given;
  if (!picture.photograph || given.height < height || given.width < width) return std::nullopt;
  return cut_centre(scale_down(given, height, width), height, width);
}

}  // namespace privquant

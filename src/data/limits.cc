#include "data/limits.h"

#include "base/error.h"

namespace privquant {

void check_picture_size(const std::string& name, std::uint64_t height, std::uint64_t width) {
  const bool sides_fit = height >= 1 && width >= 1 && height <= max_picture_side && width <= max_picture_side;
  if (!sides_fit || height * width > max_picture_pixels) {
    fail(ErrorCode::file,
         "{} has {} × {} pixels; give a picture of at most {} pixels a side and {} million in all", name,
         height, width, max_picture_side, max_picture_pixels >> 20);
  }
}

}  // namespace privquant

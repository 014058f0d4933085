#include "data/png.h"

#include <png.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "data/interleaved.h"
#include "data/limits.h"

namespace privquant {
namespace {

/// Frees what libpng holds for an image, however we leave.
struct Reader {
  png_image image{};
  Reader() { image.version = PNG_IMAGE_VERSION; }
  ~Reader() { png_image_free(&image); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
};

}  // namespace

bool is_png(Bytes bytes) {
  static constexpr std::array<std::uint8_t, 8> signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  return bytes.size() >= signature.size() && std::equal(signature.begin(), signature.end(), bytes.begin());
}

Picture decode_png(Bytes bytes, const std::string& name) {
  Reader reader;
  png_image& image = reader.image;
  if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0) {
    fail(ErrorCode::file, "{} is a damaged PNG file ({}); save it again", name, image.message);
  }
  check_picture_size(name, image.height, image.width);
  const int channels = (image.format & PNG_FORMAT_FLAG_COLOR) != 0 ? 3 : 1;
  image.format = channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(image));
  const png_color black{0, 0, 0};
  if (png_image_finish_read(&image, &black, pixels.data(), 0, nullptr) == 0) {
    fail(ErrorCode::file, "{} is a damaged PNG file ({}); save it again", name, image.message);
  }
  return from_interleaved(channels, static_cast<int>(image.height), static_cast<int>(image.width), pixels);
}

}  // namespace privquant

// Hostile bytes as a picture, a set of pictures, or either of them packed by gzip.
#include <utility>
#include <vector>

#include "data/jpeg.h"
#include "data/packed_set.h"
#include "data/png.h"
#include "data/read_file.h"
#include "fuzz/hostile.h"

namespace privquant {
namespace {

constexpr const char* name = "hostile";

void check_shape(const Picture& picture) {
  PQ_CHECK(picture.channels == 1 || picture.channels == 3);
  PQ_CHECK(picture.height > 0 && picture.width > 0);
  PQ_CHECK(picture.bytes.size() == static_cast<std::size_t>(picture.channels) *
                                       static_cast<std::size_t>(picture.height) *
                                       static_cast<std::size_t>(picture.width));
}

void check_ends(const Dataset& set) {
  if (set.size() == 0) return;
  check_shape(set.at(0).picture);
  check_shape(set.at(set.size() - 1).picture);
}

void decode(std::vector<std::uint8_t> bytes) {
  if (is_png(bytes)) {
    check_shape(decode_png(bytes, name));
  } else if (is_jpeg(bytes)) {
    check_shape(decode_jpeg(bytes, name));
  } else if (is_idx_images(bytes)) {
    check_ends(*open_idx(name, std::move(bytes), 3));
  } else if (has_cifar_size(bytes)) {
    check_ends(*open_cifar(name, std::move(bytes), 1));
  }
}

}  // namespace
}  // namespace privquant

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace privquant;
  const bool packed = size >= 2 && data[0] == 0x1f && data[1] == 0x8b;
  expect_answer({ErrorCode::file}, [&] {
    decode(packed ? unpack_gzip({data, size}, name) : std::vector<std::uint8_t>(data, data + size));
  });
  return 0;
}

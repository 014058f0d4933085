#include <algorithm>
#include <array>
#include <span>

#include "base/error.h"
#include "data/interleaved.h"
#include "data/limits.h"
#include "data/packed_set.h"
#include "data/read_file.h"

namespace privquant {
namespace {

// Two zero bytes, the type (8: unsigned byte), the number of dimensions; then each dimension, big-endian.
constexpr std::array<std::uint8_t, 4> images_magic{0, 0, 8, 3};
constexpr std::array<std::uint8_t, 4> labels_magic{0, 0, 8, 1};
constexpr std::size_t images_header = 16;
constexpr std::size_t labels_header = 8;

bool starts_with(Bytes bytes, std::span<const std::uint8_t> magic) {
  return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
}

std::uint64_t big_endian(Bytes bytes, std::size_t at) {
  return std::uint64_t{bytes[at]} << 24 | std::uint64_t{bytes[at + 1]} << 16 |
         std::uint64_t{bytes[at + 2]} << 8 | bytes[at + 3];
}

/// The labels beside a file of images, packed or not; empty if there are none.
std::vector<std::uint8_t> labels_beside(const std::filesystem::path& images, std::uint64_t count) {
  static const std::string images_part = "images-idx3";
  std::string name = images.filename().string();
  const auto at = name.find(images_part);
  if (at == std::string::npos) return {};
  name.replace(at, images_part.size(), "labels-idx1");
  std::filesystem::path path = images.parent_path() / name;
  if (!std::filesystem::exists(path)) {
    const bool packed = path.extension() == ".gz";
    path = packed ? path.replace_extension() : path += ".gz";
  }
  if (!std::filesystem::exists(path)) return {};

  std::vector<std::uint8_t> bytes = read_file(path);
  if (bytes.size() < labels_header || !starts_with(bytes, labels_magic)) {
    fail(ErrorCode::file, "{} is no IDX file of labels; replace or remove it", path.string());
  }
  if (big_endian(bytes, 4) != count || bytes.size() != labels_header + count) {
    fail(ErrorCode::file,
         "{} does not hold one label for each of the {} pictures of {}; replace or remove it", path.string(),
         count, images.filename().string());
  }
  bytes.erase(bytes.begin(), bytes.begin() + labels_header);
  return bytes;
}

class IdxDataset final : public Dataset {
 public:
  IdxDataset(const std::filesystem::path& path, std::vector<std::uint8_t> bytes, int channels)
      : name_(path.filename().string()), bytes_(std::move(bytes)), channels_(channels) {
    if (bytes_.size() < images_header) {
      fail(ErrorCode::file, "{} is a truncated IDX file; fetch it again", name_);
    }
    count_ = big_endian(bytes_, 4);
    height_ = big_endian(bytes_, 8);
    width_ = big_endian(bytes_, 12);
    check_picture_size(name_, height_, width_);
    // No overflow: count is below 2^32 and a picture below 2^27 bytes.
    if (bytes_.size() != images_header + count_ * height_ * width_) {
      fail(ErrorCode::file, "{} should hold {} pictures but is shorter or longer; fetch it again", name_,
           count_);
    }
    labels_ = labels_beside(path, count_);
  }

  std::size_t size() const override { return count_; }

  LabelledPicture at(std::size_t index) const override {
    PQ_CHECK(index < count_);
    const std::size_t area = height_ * width_;
    const auto first = bytes_.begin() + static_cast<std::ptrdiff_t>(images_header + index * area);
    Picture picture{1,
                    static_cast<int>(height_),
                    static_cast<int>(width_),
                    {first, first + static_cast<std::ptrdiff_t>(area)}};
    LabelledPicture result{
        with_channels(std::move(picture), channels_), {}, fmt::format("{}[{}]", name_, index)};
    if (!labels_.empty()) result.label = labels_[index];
    return result;
  }

 private:
  std::string name_;
  std::vector<std::uint8_t> bytes_;
  int channels_;
  std::uint64_t count_ = 0, height_ = 0, width_ = 0;
  std::vector<std::uint8_t> labels_;
};

}  // namespace

bool is_idx_images(Bytes bytes) { return starts_with(bytes, images_magic); }

std::unique_ptr<Dataset> open_idx(const std::filesystem::path& path, std::vector<std::uint8_t> bytes,
                                  int channels) {
  return std::make_unique<IdxDataset>(path, std::move(bytes), channels);
}

}  // namespace privquant

#include "base/error.h"
#include "data/interleaved.h"
#include "data/packed_set.h"

namespace privquant {
namespace {

constexpr int side = 32;
constexpr std::size_t picture_bytes = std::size_t{3} * side * side;
constexpr std::size_t record_bytes = 1 + picture_bytes;  // the label comes first
constexpr int most_classes = 100;                        // CIFAR-100's fine labels

class CifarDataset final : public Dataset {
 public:
  CifarDataset(const std::filesystem::path& path, std::vector<std::uint8_t> bytes, int channels)
      : name_(path.filename().string()), bytes_(std::move(bytes)), channels_(channels) {}

  std::size_t size() const override { return bytes_.size() / record_bytes; }

  LabelledPicture at(std::size_t index) const override {
    PQ_CHECK(index < size());
    const auto record = bytes_.begin() + static_cast<std::ptrdiff_t>(index * record_bytes);
    Picture picture{3, side, side, {record + 1, record + static_cast<std::ptrdiff_t>(record_bytes)}};
    return {with_channels(std::move(picture), channels_), *record, fmt::format("{}[{}]", name_, index)};
  }

 private:
  std::string name_;
  std::vector<std::uint8_t> bytes_;
  int channels_;
};

}  // namespace

bool has_cifar_size(Bytes bytes) { return !bytes.empty() && bytes.size() % record_bytes == 0; }

bool has_cifar100_size(Bytes bytes) { return !bytes.empty() && bytes.size() % (record_bytes + 1) == 0; }

std::unique_ptr<Dataset> open_cifar(const std::filesystem::path& path, std::vector<std::uint8_t> bytes,
                                    int channels) {
  PQ_CHECK(has_cifar_size(bytes));
  for (std::size_t record = 0; record * record_bytes < bytes.size(); ++record) {
    const int label = bytes[record * record_bytes];
    if (label < most_classes) continue;
    fail(ErrorCode::file,
         "{} has the size of a CIFAR binary file, but its record {} (from 0) has the label {}, and labels go "
         "from 0 to {}; give another file, or correct that record",
         path.string(), record, label, most_classes - 1);
  }
  return std::make_unique<CifarDataset>(path, std::move(bytes), channels);
}

}  // namespace privquant

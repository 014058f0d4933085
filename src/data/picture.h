// Pictures and labelled sets of pictures. Read this header first.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace privquant {

/// Bytes 0..255, channel by channel, row by row. 1 channel is grey, 3 are red, green, blue.
struct Picture {
  int channels = 1;
  int height = 0;
  int width = 0;
  std::vector<std::uint8_t> bytes;
};

struct LabelledPicture {
  Picture picture;
  std::optional<int> label;
  std::string name;         ///< for messages: "shirt.png", "t10k-images-idx3-ubyte.gz[17]"
  bool photograph = false;  ///< a PNG or JPEG file, of whatever size it was taken in
};

/// One picture from "file.png", "file.jpg", "images-idx3-ubyte[.gz][INDEX]" or "cifar.bin[INDEX]" (the index
/// in square brackets, or after a colon; 0 without one). IDX labels come from the file beside it, with
/// images-idx3 replaced by labels-idx1, if there is one. `channels` 1 or 3 converts grey to colour and back.
/// @throws Error(file) with what to do.
LabelledPicture load_picture(const std::string& reference, int channels);

/// A set whose pictures are read on demand.
class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual std::size_t size() const = 0;
  virtual LabelledPicture at(std::size_t index) const = 0;
};

/// Of a set that its authors divided.
enum class DatasetPart { training, test };

/// IDX image file (plain or .gz, labels beside it), CIFAR binary file, a folder with such sets under their
/// authors' names, a folder of PNG/JPEG with labels.tsv (folder.h), or a folder with one folder of PNG/JPEG per
/// class in alphabetical order. Only authors' names tell a part: train-images-idx3-ubyte[.gz] or data_batch_1.bin to
/// data_batch_5.bin (one set) from t10k-images-idx3-ubyte[.gz] or test_batch.bin; elsewhere `part` means nothing.
/// @throws Error(file), also from at(); if such a folder has only the other part, or not all of the five.
std::unique_ptr<Dataset> open_dataset(const std::filesystem::path& path, DatasetPart part, int channels);

/// The picture in this size, or nothing if it does not fit: as it is, if it has the size; of a photograph that is
/// larger both ways the centre, after scaling it down to 8/7 of the size where it is larger than that (256 pixels
/// for a network of 224, as ImageNet's networks are tested).
std::optional<Picture> fit(const LabelledPicture& picture, int height, int width);

/// Bilinear resize (half-pixel centres).
Picture resize(const Picture& picture, int height, int width);

/// The picture as text, two pixels a character (half blocks, 24-bit colour when `colour`).
std::string render_blocks(const Picture& picture, bool colour);

}  // namespace privquant

#include "data/load.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "base/error.h"
#include "data/folder.h"
#include "data/interleaved.h"
#include "data/joined.h"
#include "data/jpeg.h"
#include "data/packed_set.h"
#include "data/png.h"
#include "data/read_file.h"

namespace privquant {
namespace {

namespace fs = std::filesystem;

struct Reference {
  fs::path path;
  std::optional<std::size_t> index;
};

std::optional<std::size_t> parse_index(std::string_view text) {
  std::size_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "file", "file[7]" or "file:7". A file that has such a name itself is taken as it stands.
Reference parse_reference(const std::string& text) {
  std::error_code problem;
  if (fs::exists(text, problem)) return {text, std::nullopt};
  const std::string_view view = text;
  if (view.ends_with(']')) {
    if (const auto open = view.rfind('['); open != std::string_view::npos) {
      const auto index = parse_index(view.substr(open + 1, view.size() - open - 2));
      if (!index) {
        fail(ErrorCode::file, "{} has no number between the brackets; write it as FILE[INDEX]", text);
      }
      return {view.substr(0, open), index};
    }
  }
  if (const auto colon = view.rfind(':'); colon != std::string_view::npos) {
    if (const auto index = parse_index(view.substr(colon + 1))) return {view.substr(0, colon), index};
  }
  return {text, std::nullopt};
}

std::optional<Picture> decode_single(Bytes bytes, const std::string& name) {
  if (is_png(bytes)) return decode_png(bytes, name);
  if (is_jpeg(bytes)) return decode_jpeg(bytes, name);
  return std::nullopt;
}

std::unique_ptr<Dataset> open_packed(const fs::path& path, std::vector<std::uint8_t> bytes, int channels) {
  if (is_idx_images(bytes)) return open_idx(path, std::move(bytes), channels);
  if (has_cifar_size(bytes)) return open_cifar(path, std::move(bytes), channels);
  if (has_cifar100_size(bytes)) {
    fail(ErrorCode::file,
         "{} has the size of CIFAR-100's binary files, whose records have two labels; records with the fine "
         "label only are read: leave out the first byte of each 3074",
         path.string());
  }
  fail(ErrorCode::file,
       "{} holds no pictures that can be read; give PNG, JPEG, IDX images (maybe .gz) or a CIFAR binary "
       "file",
       path.string());
}

std::unique_ptr<Dataset> open_file(const fs::path& path, int channels) {
  return open_packed(path, read_file(path), channels);
}

/// As the authors name a part's files: one, or several that belong together.
using Names = std::vector<std::string>;

const std::vector<Names>& names_of(DatasetPart part) {
  static const std::vector<Names> training{
      {"train-images-idx3-ubyte.gz"},
      {"train-images-idx3-ubyte"},
      {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"}};
  static const std::vector<Names> test{
      {"t10k-images-idx3-ubyte.gz"}, {"t10k-images-idx3-ubyte"}, {"test_batch.bin"}};
  return part == DatasetPart::training ? training : test;
}

/// Null if the folder has no file of that part. @throws Error(file) naming what is missing if it has some only.
std::unique_ptr<Dataset> open_authors_set(const fs::path& folder, DatasetPart part, int channels) {
  std::error_code problem;
  for (const Names& names : names_of(part)) {
    const auto is_there = [&](const std::string& name) { return fs::exists(folder / name, problem); };
    if (std::none_of(names.begin(), names.end(), is_there)) continue;
    std::vector<std::unique_ptr<Dataset>> parts;
    for (const std::string& name : names) {
      if (!is_there(name)) {
        fail(ErrorCode::file,
             "{} lacks {}, one of the {} files of its training set; put it there, or name one "
             "file to read that alone",
             folder.string(), name, names.size());
      }
      parts.push_back(open_file(folder / name, channels));
    }
    return join(std::move(parts));
  }
  return nullptr;
}

/// If the folder has a set of the authors', but not this part of it.
void refuse_other_part(const fs::path& folder, DatasetPart wanted) {
  const bool training = wanted == DatasetPart::training;
  std::error_code problem;
  for (const Names& names : names_of(training ? DatasetPart::test : DatasetPart::training)) {
    if (!fs::exists(folder / names[0], problem)) continue;
    fail(ErrorCode::file, "{} holds {} pictures ({}) where {} ones belong; put {} there, or name a file",
         folder.string(), training ? "test" : "training", names[0], training ? "training" : "test",
         training ? "train-images-idx3-ubyte[.gz] or data_batch_1.bin to data_batch_5.bin"
                  : "t10k-images-idx3-ubyte[.gz] or test_batch.bin");
  }
}

}  // namespace

Picture load_picture_file(const fs::path& path, int channels) {
  auto picture = decode_single(read_file(path), path.filename().string());
  if (!picture) fail(ErrorCode::file, "{} is neither PNG nor JPEG; save it as one of these", path.string());
  return with_channels(std::move(*picture), channels);
}

LabelledPicture load_picture(const std::string& reference, int channels) {
  const auto [path, index] = parse_reference(reference);
  std::vector<std::uint8_t> bytes = read_file(path);
  const std::string name = path.filename().string();
  if (auto picture = decode_single(bytes, name)) {
    if (index.value_or(0) != 0) {
      fail(ErrorCode::file, "{} holds one picture; leave out the index {}", name, *index);
    }
    return {with_channels(std::move(*picture), channels), std::nullopt, name, true};
  }
  const auto set = open_packed(path, std::move(bytes), channels);
  if (index.value_or(0) >= set->size()) {
    fail(ErrorCode::file, "{} holds {} pictures, so there is none with index {}; count from 0", name,
         set->size(), index.value_or(0));
  }
  return set->at(index.value_or(0));
}

std::unique_ptr<Dataset> open_dataset(const fs::path& path, DatasetPart part, int channels) {
  std::error_code problem;
  if (!fs::is_directory(path, problem)) return open_file(path, channels);
  if (auto set = open_authors_set(path, part, channels)) return set;
  refuse_other_part(path, part);
  if (fs::exists(path / label_list_name, problem)) return open_labelled_folder(path, channels);
  return open_class_folders(path, channels);
}

}  // namespace privquant

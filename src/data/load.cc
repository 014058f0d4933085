#include "data/load.h"

#include <array>
#include <charconv>
#include <utility>

#include "base/error.h"
#include "data/folder.h"
#include "data/interleaved.h"
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
  if (is_cifar(bytes)) return open_cifar(path, std::move(bytes), channels);
  fail(ErrorCode::file,
       "{} holds no pictures that can be read; give PNG, JPEG, IDX images (maybe .gz) or a CIFAR binary "
       "file",
       path.string());
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

std::unique_ptr<Dataset> open_dataset(const fs::path& path, int channels) {
  std::error_code problem;
  if (!fs::is_directory(path, problem)) return open_packed(path, read_file(path), channels);
  // The test sets as their authors name them.
  for (const char* name : {"t10k-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte", "test_batch.bin"}) {
    if (fs::exists(path / name, problem)) return open_packed(path / name, read_file(path / name), channels);
  }
  if (fs::exists(path / label_list_name, problem)) return open_labelled_folder(path, channels);
  return open_class_folders(path, channels);
}

}  // namespace privquant

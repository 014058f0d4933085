#include "data/folder.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <sstream>
#include <string_view>

#include "base/error.h"
#include "data/load.h"
#include "data/read_file.h"

namespace privquant {
namespace {

namespace fs = std::filesystem;

bool is_picture_name(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

/// What a folder holds that satisfies a condition, sorted.
template <typename Condition>
std::vector<fs::path> sorted_entries(const fs::path& folder, const Condition& wanted) {
  std::vector<fs::path> entries;
  std::error_code problem;
  for (fs::directory_iterator it(folder, problem), end; !problem && it != end; it.increment(problem)) {
    const bool hidden = it->path().filename().string().starts_with('.');
    if (!hidden && wanted(*it)) entries.push_back(it->path());
  }
  if (problem) fail(ErrorCode::file, "{} cannot be read; check its permissions", folder.string());
  std::sort(entries.begin(), entries.end());
  return entries;
}

struct LabelledFile {
  fs::path path;
  int label;
};

class FolderDataset final : public Dataset {
 public:
  FolderDataset(std::vector<LabelledFile> files, int channels)
      : files_(std::move(files)), channels_(channels) {}

  std::size_t size() const override { return files_.size(); }

  LabelledPicture at(std::size_t index) const override {
    PQ_CHECK(index < files_.size());
    const LabelledFile& file = files_[index];
    return {load_picture_file(file.path, channels_), file.label, file.path.filename().string(), true};
  }

 private:
  std::vector<LabelledFile> files_;
  int channels_;
};

std::vector<LabelledFile> files_by_class(const fs::path& path) {
  const auto folders = sorted_entries(path, [](const fs::directory_entry& entry) {
    std::error_code problem;
    return entry.is_directory(problem);
  });
  std::vector<LabelledFile> files;
  for (std::size_t label = 0; label < folders.size(); ++label) {
    for (auto& file : sorted_entries(folders[label], [](const fs::directory_entry& entry) {
           std::error_code problem;
           return entry.is_regular_file(problem) && is_picture_name(entry.path());
         })) {
      files.push_back({std::move(file), static_cast<int>(label)});
    }
  }
  if (files.empty()) {
    fail(ErrorCode::file,
         "{} holds no pictures; put PNG or JPEG files into one folder per class in it, or name them in {}",
         path.string(), label_list_name);
  }
  return files;
}

std::optional<int> parse_label(std::string_view text) {
  int label = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, label);
  if (text.empty() || problem != std::errc{} || rest != end || label < 0) return std::nullopt;
  return label;
}

/// A list that came with pictures names those beside it, nothing else of this machine.
void refuse_leaving(const fs::path& name, const fs::path& list, std::size_t line) {
  const bool leaves = name.is_absolute() || std::find(name.begin(), name.end(), "..") != name.end();
  if (leaves)
    fail(ErrorCode::file, "{}, line {}: the file is not in the folder; name files beside the list",
         list.string(), line);
}

std::vector<LabelledFile> files_of_list(const fs::path& folder) {
  const fs::path list = folder / label_list_name;
  const std::vector<std::uint8_t> bytes = read_file(list);
  std::istringstream text(std::string(bytes.begin(), bytes.end()));
  std::vector<LabelledFile> files;
  std::size_t number = 0;
  for (std::string line; std::getline(text, line);) {
    ++number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    const std::string_view view = line;
    const std::size_t tab = std::min(view.find('\t'), view.size());
    const std::string_view rest = view.substr(std::min(tab + 1, view.size()));
    const auto label = parse_label(rest.substr(0, rest.find('\t')));
    const fs::path name = view.substr(0, tab);
    if (label && tab > 0) {
      refuse_leaving(name, list, number);
      files.push_back({folder / name, *label});
    } else if (number > 1 || tab == view.size() || is_picture_name(name)) {  // a first line may be a heading
      fail(ErrorCode::file, "{}, line {}: write a file's name, a tab and its class as a number from 0 on",
           list.string(), number);
    }
  }
  if (files.empty()) {
    fail(ErrorCode::file, "{} names no pictures; write a file's name, a tab and its class on each line",
         list.string());
  }
  return files;
}

}  // namespace

std::unique_ptr<Dataset> open_class_folders(const fs::path& path, int channels) {
  return std::make_unique<FolderDataset>(files_by_class(path), channels);
}

std::unique_ptr<Dataset> open_labelled_folder(const fs::path& path, int channels) {
  return std::make_unique<FolderDataset>(files_of_list(path), channels);
}

}  // namespace privquant

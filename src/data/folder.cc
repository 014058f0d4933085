#include "data/folder.h"

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "data/load.h"

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

class FolderDataset final : public Dataset {
 public:
  FolderDataset(const fs::path& path, int channels) : channels_(channels) {
    const auto folders = sorted_entries(path, [](const fs::directory_entry& entry) {
      std::error_code problem;
      return entry.is_directory(problem);
    });
    for (std::size_t label = 0; label < folders.size(); ++label) {
      for (auto& file : sorted_entries(folders[label], [](const fs::directory_entry& entry) {
             std::error_code problem;
             return entry.is_regular_file(problem) && is_picture_name(entry.path());
           })) {
        files_.push_back({std::move(file), static_cast<int>(label)});
      }
    }
    if (files_.empty()) {
      fail(ErrorCode::file, "{} holds no pictures; put PNG or JPEG files into one folder per class in it",
           path.string());
    }
  }

  std::size_t size() const override { return files_.size(); }

  LabelledPicture at(std::size_t index) const override {
    PQ_CHECK(index < files_.size());
    const File& file = files_[index];
    return {load_picture_file(file.path, channels_), file.label, file.path.filename().string()};
  }

 private:
  struct File {
    fs::path path;
    int label;
  };
  std::vector<File> files_;
  int channels_;
};

}  // namespace

std::unique_ptr<Dataset> open_class_folders(const fs::path& path, int channels) {
  return std::make_unique<FolderDataset>(path, channels);
}

}  // namespace privquant

// Folders of PNG and JPEG files: one folder per class, or one folder with a list of labels.
#pragma once

#include <filesystem>
#include <memory>

#include "data/picture.h"

namespace privquant {

/// Classes and files in alphabetical order; the label is the class folder's place. Hidden folders and
/// other files are passed over. @throws Error(file) if no picture is there.
std::unique_ptr<Dataset> open_class_folders(const std::filesystem::path& path, int channels);

/// What the list of labels in a folder is called.
inline constexpr const char* label_list_name = "labels.tsv";

/// The files that labels.tsv names, in its order. On each line, between tabs: the file (relative to the folder), its
/// class from 0 on, and what else there is. A first line with another word than a number
/// in the second place is a heading, unless it begins with a picture.
/// @throws Error(file) naming the line.
std::unique_ptr<Dataset> open_labelled_folder(const std::filesystem::path& path, int channels);

}  // namespace privquant

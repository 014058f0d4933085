// A folder with one folder of PNG and JPEG files per class.
#pragma once

#include <filesystem>
#include <memory>

#include "data/picture.h"

namespace privquant {

/// Classes and files in alphabetical order; the label is the class folder's place. Hidden folders and
/// other files are passed over. @throws Error(file) if no picture is there.
std::unique_ptr<Dataset> open_class_folders(const std::filesystem::path& path, int channels);

}  // namespace privquant

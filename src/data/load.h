// One picture from a file of its own.
#pragma once

#include <filesystem>

#include "data/picture.h"

namespace privquant {

/// A PNG or JPEG file, recognised by its content. @throws Error(file).
Picture load_picture_file(const std::filesystem::path& path, int channels);

}  // namespace privquant

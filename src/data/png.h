// PNG in, through libpng.
#pragma once

#include <string>

#include "base/bytes.h"
#include "data/picture.h"

namespace privquant {

bool is_png(Bytes bytes);

/// 1 channel if the file is grey, else 3; palettes and 16-bit samples become 8-bit, transparent parts are
/// laid over black. @throws Error(file) naming `name` if damaged, truncated or too large.
Picture decode_png(Bytes bytes, const std::string& name);

}  // namespace privquant

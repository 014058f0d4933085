// JPEG in, through libjpeg-turbo.
#pragma once

#include <string>

#include "base/bytes.h"
#include "data/picture.h"

namespace privquant {

bool is_jpeg(Bytes bytes);

/// 1 channel if the file is grey, else 3. @throws Error(file) naming `name` if damaged, truncated, too
/// large or not grey or colour (CMYK).
Picture decode_jpeg(Bytes bytes, const std::string& name);

}  // namespace privquant

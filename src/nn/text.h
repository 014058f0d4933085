// Names and labels from files end up on terminals and in logs.
#pragma once

#include <string_view>

namespace privquant {

/// Well-formed UTF-8 without control characters.
bool is_printable(std::string_view text);

}  // namespace privquant

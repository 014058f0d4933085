// Which OT extension makes a session's correlations, and its name for the command line.
#pragma once

#include <array>
#include <string_view>

namespace privquant {

enum class OtExtension {
  iknp,         ///< IKNP, and KK13 for 1-of-2^k (code_extension.h)
  softspoken2,  ///< SoftSpoken with trees of 2^2 leaves (softspoken.h)
  softspoken4,
  softspoken8,
  ferret,  ///< silent: learning parity with noise (ferret.h)
};

inline constexpr std::array ot_extensions{OtExtension::iknp, OtExtension::softspoken2,
                                          OtExtension::softspoken4, OtExtension::softspoken8,
                                          OtExtension::ferret};

/// "iknp", "softspoken2", …
std::string_view name_of(OtExtension extension);
/// @throws Error(usage) for any other name.
OtExtension ot_extension_named(std::string_view name);

/// Tree depth k of a SoftSpoken extension; 0 for the others.
constexpr int softspoken_depth(OtExtension extension) {
  switch (extension) {
    case OtExtension::softspoken2:
      return 2;
    case OtExtension::softspoken4:
      return 4;
    case OtExtension::softspoken8:
      return 8;
    default:
      return 0;
  }
}

}  // namespace privquant

#include "ot/ot_extension.h"

#include "base/error.h"

namespace privquant {
namespace {

constexpr std::array<std::string_view, ot_extensions.size()> names{"iknp", "softspoken2", "softspoken4",
                                                                   "softspoken8", "ferret"};

}  // namespace

std::string_view name_of(OtExtension extension) { return names.at(static_cast<std::size_t>(extension)); }

OtExtension ot_extension_named(std::string_view name) {
  for (const OtExtension extension : ot_extensions) {
    if (name_of(extension) == name) return extension;
  }
  fail(ErrorCode::usage,
       "there is no OT extension \"{}\"; choose iknp, softspoken2, softspoken4, softspoken8 or ferret", name);
}

}  // namespace privquant

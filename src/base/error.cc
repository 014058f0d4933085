#include "base/error.h"

#include <string_view>

namespace privquant::detail {

void check_failed(const char* condition, const char* file, int line) {
  // Only the part below src/: a build machine's folders are nobody's business.
  std::string_view place(file);
  if (const auto at = place.rfind("src/"); at != std::string_view::npos) place.remove_prefix(at);
  fail(ErrorCode::internal, "internal error: {} does not hold at {}:{}; please report it", condition, place,
       line);
}

}  // namespace privquant::detail

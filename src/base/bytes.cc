#include "base/bytes.h"

#include <string.h>

namespace privquant {

void wipe(void* data, std::size_t bytes) noexcept {
  if (bytes != 0) ::explicit_bzero(data, bytes);
}

}  // namespace privquant

#include "cli/reuse_memory.h"

#include <malloc.h>

#include <limits>

namespace privquant {

void reuse_memory() {
  mallopt(M_MMAP_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TRIM_THRESHOLD, -1);  // never
}

}  // namespace privquant

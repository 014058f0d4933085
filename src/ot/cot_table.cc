#include "ot/cot_table.h"

#include <sys/mman.h>

#include <new>

#include "base/bytes.h"

namespace privquant {
namespace {

// Ten random reads a row miss the address cache of ordinary pages nearly always.
constexpr std::align_val_t large_page{std::size_t{2} << 20};

}  // namespace

CotTable::CotTable(std::size_t rows) {
  const std::size_t bytes = rows * sizeof(Block);
  void* memory = ::operator new(bytes, large_page);
  ::madvise(memory, bytes, MADV_HUGEPAGE);  // advice: without large pages it is slower, no more
  data_ = {static_cast<Block*>(memory), WipeRows{rows}};
}

void WipeRows::operator()(Block* rows) const noexcept {
  wipe(rows, count * sizeof(Block));
  ::operator delete(rows, large_page);
}

}  // namespace privquant

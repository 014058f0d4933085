// Rows of COTs that are read in random order: memory in large pages, where the system has them, wiped when freed.
#pragma once

#include <memory>
#include <span>

#include "crypto/block.h"

namespace privquant {

/// Wipes and frees what CotTable took.
struct WipeRows {
  std::size_t count = 0;
  void operator()(Block* rows) const noexcept;
};

class CotTable {
 public:
  CotTable() = default;
  /// Uninitialised.
  explicit CotTable(std::size_t rows);

  std::span<Block> rows() { return {data_.get(), data_.get_deleter().count}; }
  std::span<const Block> rows() const { return {data_.get(), data_.get_deleter().count}; }

 private:
  std::unique_ptr<Block[], WipeRows> data_;
};

}  // namespace privquant

// The inner loops of a convolution's OTs, each of which carries a row of values. Words are those of the
// accumulator's ring and are not reduced unless it is said; Highway dispatches at run time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace privquant {

/// One OT of its sender: message = p0 + c − p1 with c = ±numbers (negated where `negative`), reduced by
/// `mask`; accumulator −= p0 · 2^shift. `values` words each.
struct SenderRow {
  const void* zero;
  const void* one;
  const void* numbers;
  void* message;
  void* accumulator;
  bool negative;
};
void sender_rows(std::size_t word_bytes, const SenderRow* rows, std::size_t count, std::size_t values,
                 int shift, std::uint64_t mask);

/// One OT of its receiver: accumulator += (pad + choice · message) · 2^shift.
struct ReceiverRow {
  const void* pad;
  const void* message;
  void* accumulator;
  bool choice;
};
void receiver_rows(std::size_t word_bytes, const ReceiverRow* rows, std::size_t count, std::size_t values,
                   int shift);

/// accumulator += factor · numbers.
struct ProductRow {
  const void* numbers;
  void* accumulator;
  std::uint64_t factor;
};
void product_rows(std::size_t word_bytes, const ProductRow* rows, std::size_t count, std::size_t values);

}  // namespace privquant

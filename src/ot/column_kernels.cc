#include "ot/column_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ot/column_kernels.cc"
#include <hwy/foreach_target.h>  // compiles what follows once per instruction set
#include <hwy/highway.h>

// Plain loops: each target's compiler flags turn them into that target's vectors.
HWY_BEFORE_NAMESPACE();
namespace privquant::HWY_NAMESPACE {

void xor_three(std::uint8_t* HWY_RESTRICT correction, const std::uint8_t* HWY_RESTRICT column,
               const std::uint8_t* HWY_RESTRICT codeword, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i)
    correction[i] = static_cast<std::uint8_t>(correction[i] ^ column[i] ^ codeword[i]);
}

void xor_masked(std::uint8_t* HWY_RESTRICT column, const std::uint8_t* HWY_RESTRICT correction,
                std::uint8_t mask, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i)
    column[i] = static_cast<std::uint8_t>(column[i] ^ (correction[i] & mask));
}

void or_bits(const std::uint8_t* HWY_RESTRICT plane, int to, std::uint8_t* HWY_RESTRICT out,
             std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) {
    for (unsigned bit = 0; bit < 8; ++bit)
      out[8 * i + bit] = static_cast<std::uint8_t>(out[8 * i + bit] | ((plane[i] >> bit) & 1U) << to);
  }
}

}  // namespace privquant::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace privquant {
namespace {

HWY_EXPORT(xor_three);
HWY_EXPORT(xor_masked);
HWY_EXPORT(or_bits);

}  // namespace

void xor_column(std::uint8_t* correction, const std::uint8_t* column, const std::uint8_t* codeword,
                std::size_t bytes) {
  HWY_DYNAMIC_DISPATCH(xor_three)(correction, column, codeword, bytes);
}

void xor_selected(std::uint8_t* column, const std::uint8_t* correction, bool selected, std::size_t bytes) {
  HWY_DYNAMIC_DISPATCH(xor_masked)
  (column, correction, static_cast<std::uint8_t>(-static_cast<int>(selected)), bytes);
}

void spread_bits(const std::uint8_t* plane, int to, std::uint8_t* out, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(or_bits)(plane, to, out, count / 8);
  for (std::size_t i = count / 8 * 8; i < count; ++i)
    out[i] = static_cast<std::uint8_t>(out[i] | ((plane[i / 8] >> (i % 8)) & 1U) << to);
}

}  // namespace privquant
#endif  // HWY_ONCE

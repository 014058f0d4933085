#include "ring/arithmetic.h"

#include "ring/operation.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ring/arithmetic.cc"
#include <hwy/foreach_target.h>  // compiles what follows once per instruction set
#include <hwy/highway.h>

// Plain loops over the words: each target's compiler flags turn them into that target's vectors.
HWY_BEFORE_NAMESPACE();
namespace privquant::HWY_NAMESPACE {

template <typename Word>
const Word* words_of(const void* memory) {
  return static_cast<const Word*>(memory);
}

template <typename Word>
void apply(Operation operation, const Word* HWY_RESTRICT a, const Word* b, Word* HWY_RESTRICT out,
           std::size_t count, std::uint64_t parameter, std::uint64_t mask64) {
  const auto mask = static_cast<Word>(mask64);
  const auto constant = static_cast<Word>(parameter);
  const auto shift = static_cast<int>(parameter);
  switch (operation) {
    case Operation::add:
      for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<Word>(a[i] + b[i]) & mask;
      return;
    case Operation::subtract:
      for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<Word>(a[i] - b[i]) & mask;
      return;
    case Operation::add_constant:
      for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<Word>(a[i] + constant) & mask;
      return;
    case Operation::multiply_constant:
      for (std::size_t i = 0; i < count; ++i)
        out[i] = static_cast<Word>(std::uint64_t{a[i]} * parameter) & mask;
      return;
    case Operation::multiply:
      for (std::size_t i = 0; i < count; ++i)
        out[i] = static_cast<Word>(std::uint64_t{a[i]} * std::uint64_t{b[i]}) & mask;
      return;
    case Operation::shift_left:
      for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<Word>(a[i] << shift) & mask;
      return;
    case Operation::shift_right:
      for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<Word>(a[i] >> shift);
      return;
  }
}

void apply_words(int operation, std::size_t word_bytes, const void* a, const void* b, void* out,
                 std::size_t count, std::uint64_t parameter, std::uint64_t mask) {
  const auto run = [&]<typename Word>(Word) {
    apply(static_cast<Operation>(operation), words_of<Word>(a), words_of<Word>(b), static_cast<Word*>(out),
          count, parameter, mask);
  };
  switch (word_bytes) {
    case 1:
      return run(std::uint8_t{});
    case 2:
      return run(std::uint16_t{});
    case 4:
      return run(std::uint32_t{});
    default:
      return run(std::uint64_t{});
  }
}

template <typename From, typename To>
void convert_loop(const From* HWY_RESTRICT in, To* HWY_RESTRICT out, std::size_t count, int shift,
                  std::uint64_t mask64) {
  const auto mask = static_cast<To>(mask64);
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = static_cast<To>(static_cast<To>(static_cast<From>(in[i] >> shift)) & mask);
  }
}

template <typename From>
void convert_from(const From* in, std::size_t to_bytes, void* out, std::size_t count, int shift,
                  std::uint64_t mask) {
  switch (to_bytes) {
    case 1:
      return convert_loop(in, static_cast<std::uint8_t*>(out), count, shift, mask);
    case 2:
      return convert_loop(in, static_cast<std::uint16_t*>(out), count, shift, mask);
    case 4:
      return convert_loop(in, static_cast<std::uint32_t*>(out), count, shift, mask);
    default:
      return convert_loop(in, static_cast<std::uint64_t*>(out), count, shift, mask);
  }
}

// out = (in >> shift) & mask, from words of one size to words of another.
void convert_words(std::size_t from_bytes, const void* in, std::size_t to_bytes, void* out, std::size_t count,
                   int shift, std::uint64_t mask) {
  switch (from_bytes) {
    case 1:
      return convert_from(words_of<std::uint8_t>(in), to_bytes, out, count, shift, mask);
    case 2:
      return convert_from(words_of<std::uint16_t>(in), to_bytes, out, count, shift, mask);
    case 4:
      return convert_from(words_of<std::uint32_t>(in), to_bytes, out, count, shift, mask);
    default:
      return convert_from(words_of<std::uint64_t>(in), to_bytes, out, count, shift, mask);
  }
}

}  // namespace privquant::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace privquant {
namespace {

HWY_EXPORT(apply_words);
HWY_EXPORT(convert_words);

void apply(Operation operation, const RingTensor& a, const RingTensor* b, RingTensor& out,
           std::uint64_t parameter) {
  PQ_CHECK(b == nullptr || (b->width() == a.width() && b->size() == a.size()));
  HWY_DYNAMIC_DISPATCH(apply_words)
  (static_cast<int>(operation), a.width().word_bytes(), a.raw().data(), b ? b->raw().data() : nullptr,
   out.raw().data(), a.size(), parameter, a.width().mask());
}

RingTensor apply(Operation operation, const RingTensor& a, const RingTensor* b, std::uint64_t parameter) {
  RingTensor out(a.width(), a.size());
  apply(operation, a, b, out, parameter);
  return out;
}

RingTensor convert_shifted(const RingTensor& a, int shift, Width width) {
  RingTensor out(width, a.size());
  HWY_DYNAMIC_DISPATCH(convert_words)
  (a.width().word_bytes(), a.raw().data(), width.word_bytes(), out.raw().data(), a.size(), shift,
   width.mask());
  return out;
}

}  // namespace

RingTensor add(const RingTensor& a, const RingTensor& b) { return apply(Operation::add, a, &b, 0); }
RingTensor subtract(const RingTensor& a, const RingTensor& b) { return apply(Operation::subtract, a, &b, 0); }
RingTensor multiply(const RingTensor& a, const RingTensor& b) { return apply(Operation::multiply, a, &b, 0); }
RingTensor negate(const RingTensor& a) { return multiply_constant(a, ~std::uint64_t{0}); }

RingTensor add_constant(const RingTensor& a, std::uint64_t constant) {
  return apply(Operation::add_constant, a, nullptr, constant);
}

RingTensor multiply_constant(const RingTensor& a, std::uint64_t constant) {
  return apply(Operation::multiply_constant, a, nullptr, constant);
}

RingTensor shift_left(const RingTensor& a, int shift) {
  PQ_CHECK(shift >= 0);
  if (shift >= a.width().bits()) return RingTensor::zeros(a.width(), a.size());
  return apply(Operation::shift_left, a, nullptr, static_cast<std::uint64_t>(shift));
}

RingTensor shift_right(const RingTensor& a, int shift) {
  PQ_CHECK(shift >= 0);
  if (shift >= a.width().bits()) return RingTensor::zeros(a.width(), a.size());
  return apply(Operation::shift_right, a, nullptr, static_cast<std::uint64_t>(shift));
}

RingTensor convert(const RingTensor& a, Width width) { return convert_shifted(a, 0, width); }
RingTensor sign_bits(const RingTensor& a) { return convert_shifted(a, a.width().bits() - 1, bit_width); }

RingTensor bit_and(const RingTensor& a, const RingTensor& b) {
  PQ_CHECK(a.width() == bit_width);
  return multiply(a, b);
}

RingTensor concatenate(std::span<const RingTensor> parts) {
  PQ_CHECK(!parts.empty());
  std::size_t size = 0;
  for (const RingTensor& part : parts) size += part.size();
  RingTensor whole(parts[0].width(), size);
  auto out = whole.raw().begin();
  for (const RingTensor& part : parts) {
    PQ_CHECK(part.width() == whole.width());
    out = std::copy(part.raw().begin(), part.raw().end(), out);
  }
  return whole;
}

void add_in_place(RingTensor& a, const RingTensor& b) { a = add(a, b); }

void subtract_in_place(RingTensor& a, const RingTensor& b) { a = subtract(a, b); }

}  // namespace privquant
#endif  // HWY_ONCE

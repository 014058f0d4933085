// Element-wise arithmetic on ring tensors: local work on shares. Operands of a binary operation have one
// width and one size; results are reduced. Kernels go through Highway with run-time dispatch; the scalar
// twins in arithmetic_scalar.h are what the tests hold them to.
#pragma once

#include <cstdint>
#include <span>

#include "ring/tensor.h"

namespace privquant {

RingTensor add(const RingTensor& a, const RingTensor& b);
RingTensor subtract(const RingTensor& a, const RingTensor& b);
RingTensor negate(const RingTensor& a);
/// On width 1 this is exclusive or with a public bit.
RingTensor add_constant(const RingTensor& a, std::uint64_t constant);
RingTensor multiply_constant(const RingTensor& a, std::uint64_t constant);
/// a · b, element by element (local: both operands are known to this party).
RingTensor multiply(const RingTensor& a, const RingTensor& b);
/// a · 2^shift mod 2^l.
RingTensor shift_left(const RingTensor& a, int shift);
/// ⌊a / 2^shift⌋ of the unsigned reading; the width stays.
RingTensor shift_right(const RingTensor& a, int shift);
/// The same words in another ring: zero-extended if wider, reduced modulo 2^width if narrower.
RingTensor convert(const RingTensor& a, Width width);
/// The sign bit of each value, as a tensor of width 1.
RingTensor sign_bits(const RingTensor& a);
/// Both operands of width 1.
RingTensor bit_and(const RingTensor& a, const RingTensor& b);

/// Tensors of one width, one after the other; at least one.
RingTensor concatenate(std::span<const RingTensor> parts);

void add_in_place(RingTensor& a, const RingTensor& b);
void subtract_in_place(RingTensor& a, const RingTensor& b);

}  // namespace privquant

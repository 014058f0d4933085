// The scalar twin of ntt.cc's kernels, in 64-bit integers: what targets without fused multiply-add run, and
// what the tests hold the others to. Arguments as there.
#pragma once

#include <cstddef>

namespace privquant::scalar {

void forward(double* x, std::size_t degree, const double* roots, double p);
void inverse(double* x, std::size_t degree, const double* roots, double scale, double p);
void multiply(const double* a, const double* b, double* out, std::size_t count, bool add, double p);
void multiply_constant(const double* a, double constant, double* out, std::size_t count, double p);
void add(const double* a, double* sum, std::size_t count, double p);

}  // namespace privquant::scalar

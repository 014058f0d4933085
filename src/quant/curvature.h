// Estimates of the loss's second derivative; sensitivity.h has their formulas.
#pragma once

namespace privquant {

enum class Curvature { fisher, hutchinson };

}  // namespace privquant

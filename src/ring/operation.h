// The element-wise operations, as arithmetic.cc names them to its kernels.
#pragma once

namespace privquant {

enum class Operation : int {
  add,
  subtract,
  add_constant,
  multiply_constant,
  multiply,
  shift_left,
  shift_right
};

}  // namespace privquant

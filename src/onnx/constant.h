// Tensors that the file holds: weights, and the integers that shapes are made of.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "nn/tensor_type.h"
#include "onnx/element_budget.h"

namespace privquant {

using Reals = std::vector<float>;
using Integers = std::vector<std::int64_t>;

using Elements = std::variant<Reals, Integers>;

/// Copies share their values.
struct Constant {
  std::vector<std::int64_t> dims;  ///< all at least 0; empty for a scalar
  std::shared_ptr<const Elements> values;
  /// Of integers of 8 or 32 bits, or as many as a Clip left. Of reals that DequantizeLinear gave: their weight type.
  std::optional<TensorType> type;

  Constant(std::vector<std::int64_t> with_dims, Elements with_values,
           std::optional<TensorType> with_type = std::nullopt);

  std::size_t size() const;
  bool is_real() const { return std::holds_alternative<Reals>(*values); }
  /// @throws Problem if they are integers.
  const Reals& reals() const;
  /// @throws Problem if they are real.
  const Integers& integers() const;
};

/// Half and double precision become single. @throws Problem: another type, NaN or infinity, external data, a length
/// that does not fit the dimensions, more elements than a tensor may have. @throws Error(file) beyond the budget.
Constant decode_constant(const onnx::TensorProto& tensor, ElementBudget& budget);

/// The product of dimensions. @throws Problem if one is negative, or there are too many of them or of elements.
std::size_t element_count(const std::vector<std::int64_t>& dims);

}  // namespace privquant

// What a name of the file denotes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>

#include "nn/bounds.h"
#include "nn/graph.h"
#include "onnx/constant.h"

namespace privquant {

/// Zeros around every plane that no window has taken up yet.
struct Surround {
  std::int64_t top = 0, left = 0, bottom = 0, right = 0;
  bool operator==(const Surround&) const = default;
};

/// What QuantizeLinear does: to integers in units of 2^exponent, clipped to a range.
struct Rounding {
  int exponent = 0;
  Interval range;
};

/// Its type, or the smallest that holds its range.
TensorType smallest_type(const Rounding& rounding);

struct Tensor {
  NodeId node = 0;
  int rank = 4;         ///< of the ONNX tensor, with the batch: 4 for planes, 2 for a vector
  bool shared = false;  ///< others read the node's result besides the one name that leads here
  Surround surround;
  bool is_picture = false;  ///< not rounded yet, though the network is to be one of integers
  std::optional<Rounding> rounding = std::nullopt;  ///< between QuantizeLinear and DequantizeLinear
};

/// The result of a node with a problem.
struct Unknown {};

using Value = std::variant<Unknown, Tensor, std::shared_ptr<const Constant>>;
using Values = std::unordered_map<std::string, Value>;

}  // namespace privquant

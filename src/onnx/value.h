// What a name of the file denotes.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <variant>

#include "nn/graph.h"
#include "onnx/constant.h"

namespace privquant {

/// Zeros around every plane that no window has taken up yet.
struct Surround {
  std::int64_t top = 0, left = 0, bottom = 0, right = 0;
  bool operator==(const Surround&) const = default;
};

struct Tensor {
  NodeId node = 0;
  int rank = 4;         ///< of the ONNX tensor, with the batch: 4 for planes, 2 for a vector
  bool shared = false;  ///< others read the node's result besides the one name that leads here
  Surround surround;
};

/// The result of a node with a problem.
struct Unknown {};

using Value = std::variant<Unknown, Tensor, std::shared_ptr<const Constant>>;
using Values = std::unordered_map<std::string, Value>;

}  // namespace privquant

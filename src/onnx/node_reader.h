// One ONNX node with its operands: what the functions that convert operators read.
#pragma once

#include <fmt/format.h>

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "onnx/attributes.h"
#include "onnx/draft.h"
#include "onnx/value.h"

namespace privquant {

/// What the conversion knows besides the node.
struct ImportState {
  Draft draft;
  Values values;
  std::unordered_map<std::string, std::size_t> uses;  ///< readers of each name; the file's output is one
  int opset = 0;
  ElementBudget budget;
  std::vector<std::string> objections;  ///< to the node that is being converted
};

/// An operand could not be read, which has been reported already.
class UnknownOperand {};

class NodeReader {
 public:
  NodeReader(const onnx::NodeProto& node, ImportState& state)
      : attributes(node), node_(&node), state_(&state) {}

  const std::string& name() const;
  /// Whether the network is taken as the integers that it was trained with.
  bool quantised() const { return state_->draft.quantised(); }
  int opset() const { return state_->opset; }
  Draft& draft() const { return state_->draft; }
  /// Of constants and weights, to be taken before their memory is.
  ElementBudget& budget() const { return state_->budget; }
  std::size_t operands() const { return static_cast<std::size_t>(node_->input_size()); }
  /// Whether operand `index` is given; optional ones may be left out.
  bool has(std::size_t index) const;

  /// @throws Problem if the number of operands is outside.
  void expect_operands(std::size_t least, std::size_t most) const;
  /// @throws Problem if anybody reads a result after the first.
  void expect_one_result() const;

  /// @throws Problem if it is missing, UnknownOperand.
  const Value& value(std::size_t index) const;
  bool is_constant(std::size_t index) const;
  const Constant& constant(std::size_t index) const;
  /// @throws Problem if it is no tensor of the network.
  const Tensor& any_tensor(std::size_t index) const;
  /// @throws Problem if it is none, or between QuantizeLinear and DequantizeLinear.
  const Tensor& surrounded_tensor(std::size_t index) const;
  /// Without zeros around it. @throws Problem if there are some.
  const Tensor& tensor(std::size_t index) const;
  /// Of rank 4. @throws Problem if it is a vector.
  const Tensor& planes(std::size_t index) const;
  /// Of rank 2. @throws Problem if it is not.
  const Tensor& vector(std::size_t index) const;
  const Shape& shape(const Tensor& tensor) const { return draft().shape(tensor.node); }

  /// A new node of the draft, which has this node's name.
  Tensor add(const Operator& op, std::vector<NodeId> inputs, int rank) const {
    return {draft().add(name(), op, std::move(inputs)), rank, false, {}};
  }
  /// Layer `tensor` is read by this node alone and has weights: something may be folded into it.
  RealWeights* foldable(const Tensor& tensor) const;
  /// 0 ≤ axis < rank. @throws Problem
  std::size_t axis(std::int64_t given, std::size_t rank) const;
  /// Attribute or, from an opset on, operand. None if absent.
  std::optional<Integers> integers(const char* attribute, std::size_t operand) const;

  /// A problem that leaves a value to go on with, so that the rest of the network is checked, too.
  template <typename... Arguments>
  void object(fmt::format_string<Arguments...> format, Arguments&&... arguments) const {
    add_objection(fmt::format(format, std::forward<Arguments>(arguments)...));
  }
  /// Objects to a value that is not rounded, if the network is to be one of integers.
  void expect_quantised(const Tensor& tensor) const;
  /// Of a layer's weights; objects to weights that are not rounded, likewise.
  TensorType weight_type(const Constant& weights) const;

  Attributes attributes;

 private:
  void add_objection(const std::string& objection) const;

  const onnx::NodeProto* node_;
  ImportState* state_;
};

}  // namespace privquant

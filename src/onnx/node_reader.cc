#include "onnx/node_reader.h"

#include <algorithm>

#include "nn/limits.h"
#include "onnx/problem.h"

namespace privquant {

const std::string& NodeReader::name() const {
  if (!node_->name().empty() || node_->output_size() == 0) return node_->name();
  return node_->output(0);
}

bool NodeReader::has(std::size_t index) const {
  return index < operands() && !node_->input(static_cast<int>(index)).empty();
}

void NodeReader::expect_operands(std::size_t least, std::size_t most) const {
  if (operands() < least || operands() > most) {
    cannot_import("it has {} operands, where {} to {} belong; export the file again", operands(), least,
                  most);
  }
}

void NodeReader::expect_one_result() const {
  for (int i = 1; i < node_->output_size(); ++i) {
    const auto use = state_->uses.find(node_->output(i));
    if (use != state_->uses.end() && use->second > 0 && !node_->output(i).empty()) {
      cannot_import("its result number {} is used; only the first is computed", i + 1);
    }
  }
}

const Value& NodeReader::value(std::size_t index) const {
  if (!has(index)) cannot_import("operand {} is missing; export the file again", index + 1);
  const std::string& operand = node_->input(static_cast<int>(index));
  const auto found = state_->values.find(operand);
  if (found == state_->values.end()) {
    cannot_import(
        "its operand {} is defined nowhere before it: an initializer is missing or the file is damaged; "
        "export the file again",
        operand);
  }
  if (std::holds_alternative<Unknown>(found->second)) throw UnknownOperand();
  return found->second;
}

bool NodeReader::is_constant(std::size_t index) const {
  return std::holds_alternative<std::shared_ptr<const Constant>>(value(index));
}

const Constant& NodeReader::constant(std::size_t index) const {
  if (const auto* pointer = std::get_if<std::shared_ptr<const Constant>>(&value(index))) return **pointer;
  cannot_import("its operand {} is computed from the picture; only constants can stand there",
                node_->input(static_cast<int>(index)));
}

const Tensor& NodeReader::any_tensor(std::size_t index) const {
  if (const auto* tensor = std::get_if<Tensor>(&value(index))) return *tensor;
  cannot_import("its operand {} is a constant; compute with constants before the export (constant folding)",
                node_->input(static_cast<int>(index)));
}

const Tensor& NodeReader::surrounded_tensor(std::size_t index) const {
  const Tensor& tensor = any_tensor(index);
  if (tensor.rounding)
    cannot_import("it reads what QuantizeLinear gives; put the DequantizeLinear before it");
  if (tensor.is_picture)
    object(
        "it reads the picture unrounded; let the network begin with QuantizeLinear and DequantizeLinear, "
        "and nothing else read the picture");
  return tensor;
}

const Tensor& NodeReader::tensor(std::size_t index) const {
  const Tensor& tensor = surrounded_tensor(index);
  if (tensor.surround != Surround{}) {
    cannot_import(
        "there is a Pad before it; zeros around a picture can only stand before Conv or AveragePool");
  }
  return tensor;
}

const Tensor& NodeReader::planes(std::size_t index) const {
  const Tensor& result = tensor(index);
  if (result.rank != 4)
    cannot_import("its operand has {} dimensions; only N×C×H×W is supported", result.rank);
  return result;
}

const Tensor& NodeReader::vector(std::size_t index) const {
  const Tensor& result = tensor(index);
  if (result.rank != 2) cannot_import("its operand has {} dimensions; put a Flatten before it", result.rank);
  return result;
}

RealWeights* NodeReader::foldable(const Tensor& tensor) const {
  std::optional<RealWeights>& weights = draft().details(tensor.node).weights;
  return weights && !tensor.shared && tensor.surround == Surround{} ? &*weights : nullptr;
}

std::size_t NodeReader::axis(std::int64_t given, std::size_t rank) const {
  const auto size = static_cast<std::int64_t>(rank);
  if (given < -size || given >= size) {
    cannot_import("axis {} of a tensor of {} dimensions; export the file again", given, rank);
  }
  return static_cast<std::size_t>(given < 0 ? given + size : given);
}

std::optional<Integers> NodeReader::integers(const char* attribute, std::size_t operand) const {
  if (has(operand)) return constant(operand).integers();
  return attributes.integers(attribute);
}

void NodeReader::add_objection(const std::string& objection) const {
  std::vector<std::string>& all = state_->objections;
  if (std::find(all.begin(), all.end(), objection) == all.end()) all.push_back(objection);
}

void NodeReader::expect_quantised(const Tensor& tensor) const {
  if (quantised() && !draft().details(tensor.node).rounded) {
    object("its operand, the result of {}, is not rounded; put QuantizeLinear and DequantizeLinear between",
           draft().node(tensor.node).name);
  }
}

TensorType NodeReader::weight_type(const Constant& weights) const {
  if (!quantised()) return unquantised;
  if (!weights.is_real() || !weights.type) {
    object(
        "its weights are not quantised; give them as int8 with DequantizeLinear, or as float with "
        "QuantizeLinear "
        "and DequantizeLinear");
    return unquantised;
  }
  if (weights.type->bits > max_weight_bits)
    object("its weights have {} bits; they have at most {}", weights.type->bits, max_weight_bits);
  return *weights.type;
}

}  // namespace privquant

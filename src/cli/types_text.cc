#include "cli/types_text.h"

#include <fmt/format.h>

namespace privquant {

std::string width_text(const TensorType& type) {
  return fmt::format("{}{}", type.is_signed ? 's' : 'u', type.bits);
}

const TensorType* weight_type_of(const Node& node) {
  if (const auto* convolution = std::get_if<Conv2d>(&node.op)) return &convolution->weight_type;
  if (const auto* linear = std::get_if<Linear>(&node.op)) return &linear->weight_type;
  return nullptr;
}

std::string widths_of(const Graph& graph, const Node& node) {
  std::string text;
  for (const NodeId input : node.inputs) {
    if (!text.empty()) text += ", ";
    text += width_text(graph.nodes[input].type);
  }
  if (const TensorType* weights = weight_type_of(node)) text += " × " + width_text(*weights);
  if (!text.empty()) text += " → ";
  return text + width_text(node.type);
}

}  // namespace privquant

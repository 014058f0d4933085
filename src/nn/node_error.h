// Errors that name the layer they are about.
#pragma once

#include <utility>

#include "base/error.h"
#include "nn/graph.h"

namespace privquant {

/// @throws Error(model): `layer "conv1" (Conv2d): …`.
template <typename... Arguments>
[[noreturn]] void fail_node(const Node& node, fmt::format_string<Arguments...> format,
                            Arguments&&... arguments) {
  fail(ErrorCode::model, "layer \"{}\" ({}): {}", node.name, operator_name(node.op),
       fmt::format(format, std::forward<Arguments>(arguments)...));
}

}  // namespace privquant

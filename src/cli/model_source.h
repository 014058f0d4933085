// Where commands take a model from: a file, or the zoo.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "nn/graph.h"

namespace privquant {

inline constexpr const char* model_source_help =
    "a model file, or zoo:NAME[:wW[aA]|:bBUDGET] (say zoo:minionn:w4a4 or zoo:resnet32:b0.37) for a known "
    "network with random weights; docs/cli.md has all forms";

/// A model as one profile runs it: PROFILE@MODEL.
struct ProfiledModel {
  std::string profile;
  std::optional<std::string> source;  ///< none if there was no '@'
};
ProfiledModel parse_profiled_model(const std::string& text);

/// Whether `source` names a network of the zoo.
bool is_zoo(const std::string& source);

/// @throws Error(file | model | usage). The seed is for weights of the zoo.
Model open_model(const std::string& source, std::uint64_t seed = 1);

/// The public part of a model or, from a contract file, all of it.
Graph open_graph(const std::string& source);

}  // namespace privquant

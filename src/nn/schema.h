// The graph as a protobuf message and back.
#pragma once

#include <string>

#include "base/bytes.h"
#include "nn/graph.h"
#include "nn/model_file.h"
#include "nn/real_model.h"

namespace privquant {

/// The message `Contract`, without the container; equal graphs give equal bytes.
std::string encode_contract(const Graph& graph);
/// @throws Error(file | model): the graph that is returned is valid.
Graph decode_contract(Bytes message);
/// For a graph whose types mean nothing: only its structure is valid.
Graph decode_structure(Bytes message);

/// The message `ModelFile`.
std::string encode_model(const Model& model);
/// @throws Error(file | model): the model that is returned is valid.
Model decode_model(Bytes message);

/// The message `RealModelFile`.
std::string encode_real_model(const RealModel& model);
/// @throws Error(file | model): the model that is returned is valid.
RealModel decode_real_model(Bytes message);

}  // namespace privquant

// What each ONNX operator becomes. A converter gives the value of the node's first result.
#pragma once

#include "onnx/node_reader.h"

namespace privquant {

/// Null for an operator that is not supported. @throws from a converter: Problem, UnknownOperand, Error(model).
using Converter = Value (*)(const NodeReader&);
Converter converter_of(const std::string& op_type);

/// What to do instead of an operator that is not supported.
const char* advice_on(const std::string& op_type);

// window_operators.cc
Value convert_conv(const NodeReader& node);
Value convert_max_pool(const NodeReader& node);
Value convert_average_pool(const NodeReader& node);
Value convert_global_average_pool(const NodeReader& node);
Value convert_reduce_mean(const NodeReader& node);

// linear_operators.cc
Value convert_gemm(const NodeReader& node);
Value convert_mat_mul(const NodeReader& node);
Value convert_batch_normalization(const NodeReader& node);
Value convert_add(const NodeReader& node);

// pointwise_operators.cc
Value convert_relu(const NodeReader& node);
Value convert_clip(const NodeReader& node);
Value convert_identity(const NodeReader& node);
Value convert_cast(const NodeReader& node);
Value convert_softmax(const NodeReader& node);

// quantised_operators.cc
Value convert_quantize_linear(const NodeReader& node);
Value convert_dequantize_linear(const NodeReader& node);
/// Clip between these two.
Value clip_integers(const NodeReader& node, std::optional<double> low, std::optional<double> high);

// shape_operators.cc
Value convert_flatten(const NodeReader& node);
Value convert_reshape(const NodeReader& node);
Value convert_squeeze(const NodeReader& node);
Value convert_concat(const NodeReader& node);
Value convert_pad(const NodeReader& node);
Value convert_slice(const NodeReader& node);

// constant_operators.cc
Value convert_constant(const NodeReader& node);
Value convert_shape(const NodeReader& node);
Value convert_gather(const NodeReader& node);
Value convert_unsqueeze(const NodeReader& node);
Value convert_mul(const NodeReader& node);
Value convert_transpose(const NodeReader& node);
/// Concat, Slice and Reshape of constants.
Value concatenate_constants(const NodeReader& node);
Value slice_constant(const NodeReader& node);
Value with_dims(const Constant& constant, std::vector<std::int64_t> dims);

}  // namespace privquant

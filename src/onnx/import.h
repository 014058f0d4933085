// ONNX files to networks in real numbers, or in integers. Read this header first.
//
// Stages  the file is parsed with ONNX's own schema (nothing else of ONNX is used); constants are decoded and checked;
//         each node is converted in order by the function that `operators.h` has for its operator; `draft.h` drops what
//         the output does not need; `fold_divisors.h` moves what a pool's divisor has beyond a power of two into the
//         weights around it.
// Values  a name of the file denotes a tensor (a node of the draft), a constant, or nothing that could be read. There
//         is one picture: the batch dimension is 1, which makes chains of Shape, Gather and Concat constants.
// Folded  batch normalisation and constant addends into the Conv or Gemm before them; zeros around a picture into the
//         window of the Conv or AveragePool behind them.
// Integers  parse_quantised_onnx takes a network with QuantizeLinear and DequantizeLinear as it is
//         (docs/quantization.md): `quantised_operators.cc` reads these, the draft's nodes have types, and
//         `quantised_draft.cc` makes the model. What has no integers is objected to, but gives a value to go on with.
// Errors  a node that cannot be converted is remembered and its result is unknown; nodes that need it are passed over.
//         In the end there is one error with a line for each problem: operator, name, why, what to do instead.
//
// Operators  Conv, BatchNormalization, Gemm, MatMul, Add, Relu, Clip, MaxPool, AveragePool, GlobalAveragePool,
//            ReduceMean, Flatten, Reshape, Squeeze, Concat, Pad, Slice, Identity, Dropout, Cast, Constant, Softmax at the
//            end; Shape, Gather, Unsqueeze, Mul, Transpose of constants; in a network of integers QuantizeLinear and
//            DequantizeLinear. Opsets 9 to 17.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "nn/real_model.h"
#include "onnx/element_budget.h"

namespace privquant {

inline constexpr int least_opset = 9;
inline constexpr int greatest_opset = 17;
inline constexpr std::size_t max_onnx_bytes = std::size_t{1} << 30;

struct ImportOptions {
  /// One mean and one deviation a channel, or one for all; none means 0 and 1.
  Preprocessing preprocessing;
  std::vector<std::string> labels;  ///< class names, may be empty
  /// Called with what is worth knowing but no error, one sentence each; may be empty.
  std::function<void(const std::string&)> note;
  std::uint64_t most_elements = max_import_elements;  ///< of constants and layers' weights together
};

/// The network is named after the file. @throws Error(file): missing, truncated, no ONNX, too large once it is read;
/// Error(model) with one line for each problem.
RealModel import_onnx(const std::filesystem::path& path, const ImportOptions& options);

/// The network has the name that the file gives it. @throws Error(file | model). Safe on hostile bytes.
RealModel parse_onnx(Bytes bytes, const ImportOptions& options);

/// A network that was trained in integers, as it is. Named likewise.
/// @throws Error(file); Error(model) with one line for each problem.
Model import_quantised_onnx(const std::filesystem::path& path, const ImportOptions& options);

/// Likewise from bytes; @throws Error(file | model). Safe on hostile bytes.
Model parse_quantised_onnx(Bytes bytes, const ImportOptions& options);

}  // namespace privquant

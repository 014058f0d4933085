#include "onnx/operators.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace privquant {

namespace {

struct Entry {
  std::string_view op_type;
  Converter convert;
};

constexpr std::array entries{
    Entry{"Conv", convert_conv},
    Entry{"MaxPool", convert_max_pool},
    Entry{"AveragePool", convert_average_pool},
    Entry{"GlobalAveragePool", convert_global_average_pool},
    Entry{"ReduceMean", convert_reduce_mean},
    Entry{"Gemm", convert_gemm},
    Entry{"MatMul", convert_mat_mul},
    Entry{"BatchNormalization", convert_batch_normalization},
    Entry{"Add", convert_add},
    Entry{"Relu", convert_relu},
    Entry{"Clip", convert_clip},
    Entry{"Identity", convert_identity},
    Entry{"Dropout", convert_identity},
    Entry{"Cast", convert_cast},
    Entry{"Softmax", convert_softmax},
    Entry{"LogSoftmax", convert_softmax},
    Entry{"QuantizeLinear", convert_quantize_linear},
    Entry{"DequantizeLinear", convert_dequantize_linear},
    Entry{"Flatten", convert_flatten},
    Entry{"Reshape", convert_reshape},
    Entry{"Squeeze", convert_squeeze},
    Entry{"Concat", convert_concat},
    Entry{"Pad", convert_pad},
    Entry{"Slice", convert_slice},
    Entry{"Constant", convert_constant},
    Entry{"Shape", convert_shape},
    Entry{"Gather", convert_gather},
    Entry{"Unsqueeze", convert_unsqueeze},
    Entry{"Mul", convert_mul},
    Entry{"Transpose", convert_transpose},
};

struct Advice {
  std::string_view op_type;
  const char* text;
};

constexpr std::array advice{
    Advice{"Sigmoid", "use Relu or Clip from 0 (ReLU6)"},
    Advice{"HardSigmoid", "use Clip from 0 (ReLU6)"},
    Advice{"HardSwish", "use Relu or Clip from 0 (ReLU6)"},
    Advice{"Tanh", "use Relu or Clip from 0 (ReLU6)"},
    Advice{"LeakyRelu", "use Relu"},
    Advice{"PRelu", "use Relu"},
    Advice{"Elu", "use Relu"},
    Advice{"Erf", "use Relu instead of GELU"},
    Advice{"ArgMax", "let the network end in its scores; the client finds the greatest"},
    Advice{"TopK", "let the network end in its scores; --reveal top5 finds the best"},
    Advice{"GlobalMaxPool", "use MaxPool with the kernel of the whole plane"},
    Advice{"ConvTranspose", "use Conv; only classifiers are supported"},
    Advice{"InstanceNormalization", "use BatchNormalization after Conv"},
    Advice{"LayerNormalization", "use BatchNormalization after Conv"},
};

}  // namespace

Converter converter_of(const std::string& op_type) {
  const auto* found = std::find_if(entries.begin(), entries.end(),
                                   [&](const Entry& entry) { return entry.op_type == op_type; });
  return found == entries.end() ? nullptr : found->convert;
}

const char* advice_on(const std::string& op_type) {
  const auto* found = std::find_if(advice.begin(), advice.end(),
                                   [&](const Advice& entry) { return entry.op_type == op_type; });
  return found == advice.end() ? "express it by operators that are supported (docs/cli.md lists them)"
                               : found->text;
}

}  // namespace privquant

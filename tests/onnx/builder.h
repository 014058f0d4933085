// ONNX files for tests, node by node.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace privquant {

class OnnxBuilder {
 public:
  /// A picture of these dimensions behind a dynamic batch, named "x".
  explicit OnnxBuilder(const std::vector<std::int64_t>& dims, int opset = 13) {
    file.set_ir_version(7);
    file.add_opset_import()->set_version(opset);
    graph().set_name("built");
    auto& type = *graph().add_input();
    type.set_name("x");
    auto& tensor = *type.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(onnx::TensorProto::FLOAT);
    tensor.mutable_shape()->add_dim()->set_dim_param("N");
    for (const std::int64_t dim : dims) tensor.mutable_shape()->add_dim()->set_dim_value(dim);
  }

  onnx::GraphProto& graph() { return *file.mutable_graph(); }

  onnx::TensorProto& real(const std::string& name, const std::vector<std::int64_t>& dims,
                          const std::vector<float>& values) {
    onnx::TensorProto& tensor = named(name, dims, onnx::TensorProto::FLOAT);
    for (const float value : values) tensor.add_float_data(value);
    return tensor;
  }
  onnx::TensorProto& integer(const std::string& name, const std::vector<std::int64_t>& values) {
    onnx::TensorProto& tensor =
        named(name, {static_cast<std::int64_t>(values.size())}, onnx::TensorProto::INT64);
    for (const std::int64_t value : values) tensor.add_int64_data(value);
    return tensor;
  }

  /// Integers of an ONNX type of at most 32 bits.
  onnx::TensorProto& integers(const std::string& name, const std::vector<std::int64_t>& dims,
                              const std::vector<int>& values, int type = onnx::TensorProto::INT8) {
    onnx::TensorProto& tensor = named(name, dims, type);
    for (const int value : values) tensor.add_int32_data(value);
    return tensor;
  }

  /// The node is named after its result.
  onnx::NodeProto& node(const std::string& op_type, const std::vector<std::string>& inputs,
                        const std::string& result) {
    onnx::NodeProto& node = *graph().add_node();
    node.set_op_type(op_type);
    node.set_name(result);
    for (const std::string& input : inputs) node.add_input(input);
    node.add_output(result);
    last_ = result;
    return node;
  }

  /// The file's bytes; the last node's result is the output unless there is one.
  std::string bytes() {
    if (graph().output_size() == 0) graph().add_output()->set_name(last_);
    return file.SerializeAsString();
  }

  onnx::ModelProto file;

 private:
  onnx::TensorProto& named(const std::string& name, const std::vector<std::int64_t>& dims, int type) {
    onnx::TensorProto& tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(type);
    for (const std::int64_t dim : dims) tensor.add_dims(dim);
    return tensor;
  }

  std::string last_;
};

inline void set(onnx::NodeProto& node, const char* name, int value) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}
inline void set(onnx::NodeProto& node, const char* name, float value) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(value);
}
inline void set(onnx::NodeProto& node, const char* name, const std::vector<std::int64_t>& values) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) attribute.add_ints(value);
}
inline void set(onnx::NodeProto& node, const char* name, const char* text) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::STRING);
  attribute.set_s(text);
}

}  // namespace privquant

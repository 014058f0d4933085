// A node's attributes by name and type.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace privquant {

/// Every getter @throws Problem if the attribute has another type.
class Attributes {
 public:
  explicit Attributes(const onnx::NodeProto& node) : node_(&node) {}

  std::int64_t integer(const char* name, std::int64_t otherwise) const;
  double real(const char* name, double otherwise) const;
  std::string text(const char* name, const std::string& otherwise) const;
  std::optional<std::vector<std::int64_t>> integers(const char* name) const;
  /// Null without one.
  const onnx::TensorProto* tensor(const char* name) const;
  bool has(const char* name) const { return find(name) != nullptr; }

 private:
  const onnx::AttributeProto* find(const char* name) const;
  const onnx::AttributeProto* find(const char* name, onnx::AttributeProto::AttributeType type) const;

  const onnx::NodeProto* node_;
};

}  // namespace privquant

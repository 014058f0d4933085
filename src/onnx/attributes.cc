#include "onnx/attributes.h"

#include "onnx/problem.h"

namespace privquant {

using onnx::AttributeProto;

const AttributeProto* Attributes::find(const char* name) const {
  for (const AttributeProto& attribute : node_->attribute()) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

const AttributeProto* Attributes::find(const char* name, AttributeProto::AttributeType type) const {
  const AttributeProto* attribute = find(name);
  if (attribute != nullptr && attribute->type() != type) {
    cannot_import("its attribute {} has another type than ONNX gives it; export the file again", name);
  }
  return attribute;
}

std::int64_t Attributes::integer(const char* name, std::int64_t otherwise) const {
  const AttributeProto* attribute = find(name, AttributeProto::INT);
  return attribute == nullptr ? otherwise : attribute->i();
}

double Attributes::real(const char* name, double otherwise) const {
  const AttributeProto* attribute = find(name, AttributeProto::FLOAT);
  return attribute == nullptr ? otherwise : static_cast<double>(attribute->f());
}

std::string Attributes::text(const char* name, const std::string& otherwise) const {
  const AttributeProto* attribute = find(name, AttributeProto::STRING);
  return attribute == nullptr ? otherwise : attribute->s();
}

std::optional<std::vector<std::int64_t>> Attributes::integers(const char* name) const {
  const AttributeProto* attribute = find(name, AttributeProto::INTS);
  if (attribute == nullptr) return std::nullopt;
  return std::vector<std::int64_t>(attribute->ints().begin(), attribute->ints().end());
}

const onnx::TensorProto* Attributes::tensor(const char* name) const {
  const AttributeProto* attribute = find(name, AttributeProto::TENSOR);
  return attribute == nullptr ? nullptr : &attribute->t();
}

}  // namespace privquant

#include <proto/privquant.pb.h>

#include "base/error.h"
#include "nn/limits.h"
#include "nn/overloaded.h"
#include "nn/parse_message.h"
#include "nn/schema.h"

namespace privquant {

namespace {

constexpr std::uint32_t format_version = 1;

void encode(const TensorType& type, proto::TensorType& message) {
  message.set_bits(type.bits);
  message.set_is_signed(type.is_signed);
  message.set_exponent(type.exponent);
}

void encode(const Window& window, proto::Window& message) {
  message.set_kernel_height(window.kernel_height);
  message.set_kernel_width(window.kernel_width);
  message.set_stride_height(window.stride_height);
  message.set_stride_width(window.stride_width);
  message.set_dilation_height(window.dilation_height);
  message.set_dilation_width(window.dilation_width);
  message.set_pad_top(window.pad_top);
  message.set_pad_left(window.pad_left);
  message.set_pad_bottom(window.pad_bottom);
  message.set_pad_right(window.pad_right);
}

void encode(const Operator& op, proto::Node& message) {
  std::visit(
      Overloaded{
          [&](const Input&) { message.mutable_input(); },
          [&](const Conv2d& conv) {
            proto::Conv2d& target = *message.mutable_conv2d();
            encode(conv.window, *target.mutable_window());
            target.set_out_channels(conv.out_channels);
            target.set_groups(conv.groups);
            encode(conv.weight_type, *target.mutable_weight_type());
          },
          [&](const Linear& linear) {
            proto::Linear& target = *message.mutable_linear();
            target.set_out_features(linear.out_features);
            encode(linear.weight_type, *target.mutable_weight_type());
          },
          [&](const Add&) { message.mutable_add(); },
          [&](const Relu&) { message.mutable_relu(); },
          [&](const Clip& clip) {
            message.mutable_clip()->set_low(clip.low);
            message.mutable_clip()->set_high(clip.high);
          },
          [&](const Requantise&) { message.mutable_requantise(); },
          [&](const MaxPool& pool) { encode(pool.window, *message.mutable_max_pool()->mutable_window()); },
          [&](const AvgPool& pool) {
            encode(pool.window, *message.mutable_avg_pool()->mutable_window());
            message.mutable_avg_pool()->set_log2_divisor(pool.log2_divisor);
          },
          [&](const GlobalAvgPool& pool) {
            message.mutable_global_avg_pool()->set_log2_divisor(pool.log2_divisor);
          },
          [&](const Flatten&) { message.mutable_flatten(); },
          [&](const Concat&) { message.mutable_concat(); },
          [&](const PadChannels& pad) {
            message.mutable_pad_channels()->set_before(pad.before);
            message.mutable_pad_channels()->set_after(pad.after);
          },
          [&](const ArgMax&) { message.mutable_arg_max(); },
      },
      op);
}

void encode(const Node& node, proto::Node& message) {
  message.set_name(node.name);
  for (const NodeId input : node.inputs) message.add_inputs(static_cast<std::uint32_t>(input));
  encode(node.type, *message.mutable_type());
  message.mutable_shape()->set_channels(node.shape.channels);
  message.mutable_shape()->set_height(node.shape.height);
  message.mutable_shape()->set_width(node.shape.width);
  encode(node.op, message);
}

TensorType decode(const proto::TensorType& message) {
  return {message.bits(), message.is_signed(), message.exponent()};
}

Window decode(const proto::Window& message) {
  return {message.kernel_height(), message.kernel_width(),    message.stride_height(),
          message.stride_width(),  message.dilation_height(), message.dilation_width(),
          message.pad_top(),       message.pad_left(),        message.pad_bottom(),
          message.pad_right()};
}

Operator decode_operator(const proto::Node& message) {
  switch (message.op_case()) {
    case proto::Node::kInput:
      return Input{};
    case proto::Node::kConv2D: {
      const proto::Conv2d& conv = message.conv2d();
      return Conv2d{decode(conv.window()), conv.out_channels(), conv.groups(), decode(conv.weight_type())};
    }
    case proto::Node::kLinear:
      return Linear{message.linear().out_features(), decode(message.linear().weight_type())};
    case proto::Node::kAdd:
      return Add{};
    case proto::Node::kRelu:
      return Relu{};
    case proto::Node::kClip:
      return Clip{message.clip().low(), message.clip().high()};
    case proto::Node::kRequantise:
      return Requantise{};
    case proto::Node::kMaxPool:
      return MaxPool{decode(message.max_pool().window())};
    case proto::Node::kAvgPool:
      return AvgPool{decode(message.avg_pool().window()), message.avg_pool().log2_divisor()};
    case proto::Node::kGlobalAvgPool:
      return GlobalAvgPool{message.global_avg_pool().log2_divisor()};
    case proto::Node::kFlatten:
      return Flatten{};
    case proto::Node::kConcat:
      return Concat{};
    case proto::Node::kPadChannels:
      return PadChannels{message.pad_channels().before(), message.pad_channels().after()};
    case proto::Node::kArgMax:
      return ArgMax{};
    case proto::Node::OP_NOT_SET:
      break;
  }
  fail(ErrorCode::file, "the contract holds an operator that this version does not know; update PrivQuant");
}

Node decode(const proto::Node& message) {
  Node node;
  node.name = message.name();
  node.op = decode_operator(message);
  node.inputs.assign(message.inputs().begin(), message.inputs().end());
  node.type = decode(message.type());
  node.shape = {message.shape().channels(), message.shape().height(), message.shape().width()};
  return node;
}

}  // namespace

std::string encode_contract(const Graph& graph) {
  proto::Contract message;
  message.set_format_version(format_version);
  message.set_name(graph.name);
  // Adding 0 makes −0 a 0: they compare equal, so they must give equal bytes.
  for (const double mean : graph.preprocessing.mean) message.mutable_preprocessing()->add_mean(mean + 0.0);
  for (const double deviation : graph.preprocessing.deviation) {
    message.mutable_preprocessing()->add_deviation(deviation + 0.0);
  }
  for (const std::string& label : graph.labels) message.add_labels(label);
  for (const Node& node : graph.nodes) encode(node, *message.add_nodes());
  // Without maps, protobuf writes fields in one order: the bytes are canonical.
  return message.SerializeAsString();
}

namespace {

Graph decode_checked(Bytes bytes, void (*check)(const Graph&)) {
  if (bytes.size() > max_contract_bytes) {
    fail(ErrorCode::file, "the contract has {} bytes, more than {}; use a smaller network", bytes.size(),
         max_contract_bytes);
  }
  const auto message =
      parse_message<proto::Contract>(bytes, "contract", proto::Contract::kNodesFieldNumber, max_nodes);
  if (message.format_version() != format_version) {
    fail(ErrorCode::file, "the contract has format version {}, but this program reads {}; update PrivQuant",
         message.format_version(), format_version);
  }
  Graph graph;
  graph.name = message.name();
  graph.preprocessing.mean.assign(message.preprocessing().mean().begin(),
                                  message.preprocessing().mean().end());
  graph.preprocessing.deviation.assign(message.preprocessing().deviation().begin(),
                                       message.preprocessing().deviation().end());
  graph.labels.assign(message.labels().begin(), message.labels().end());
  graph.nodes.reserve(static_cast<std::size_t>(message.nodes_size()));
  for (const proto::Node& node : message.nodes()) graph.nodes.push_back(decode(node));
  check(graph);
  // One graph, one contract: nothing can hide in unknown fields or in a second spelling.
  const std::string canonical = encode_contract(graph);
  if (!std::equal(canonical.begin(), canonical.end(), bytes.begin(), bytes.end(),
                  [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; })) {
    fail(ErrorCode::file,
         "the contract is not in canonical form: a newer version wrote it, or it is damaged; "
         "update PrivQuant or copy it again");
  }
  return graph;
}

}  // namespace

Graph decode_contract(Bytes bytes) { return decode_checked(bytes, validate); }

Graph decode_structure(Bytes bytes) { return decode_checked(bytes, validate_structure); }

}  // namespace privquant

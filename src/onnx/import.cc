#include "onnx/import.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "nn/bounds.h"
#include "nn/files.h"
#include "nn/limits.h"
#include "nn/node_error.h"
#include "nn/parse_message.h"
#include "nn/text.h"
#include "onnx/fold_divisors.h"
#include "onnx/operators.h"
#include "onnx/problem.h"

namespace privquant {

namespace {

bool is_standard(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }

bool is_end(const std::string& op_type) { return op_type == "Softmax" || op_type == "LogSoftmax"; }

/// Names come from the file and go to a terminal.
std::string printable(const std::string& text) {
  if (!is_printable(text)) return "(unprintable)";
  constexpr std::size_t most = 80;
  return text.size() <= most ? text : "(a long name)";
}

class Importer {
 public:
  Importer(const onnx::ModelProto& file, const ImportOptions& options, bool quantised)
      : graph_(file.graph()), options_(options), state_{{printable_name(), {}, quantised},
                                                        {},
                                                        {},
                                                        opset_of(file),
                                                        ElementBudget(options.most_elements),
                                                        {}} {}

  RealModel real() {
    read();
    if (problems_.empty()) attempt("AveragePool", "", [&] { fold_divisors(state_.draft); });
    report();
    RealModel model = state_.draft.finish();
    describe(model.graph);
    validate(model);
    return model;
  }

  Model quantised() {
    read();
    report();
    Model model;
    std::vector<std::string> rounded_biases;
    attempt("network", "", [&] {
      model = state_.draft.finish_quantised(rounded_biases);
      describe(model.graph);
      set_accumulator_widths(model);
    });
    report();
    validate(model);
    note_deviations(rounded_biases);
    return model;
  }

 private:
  void read() {
    check_file();
    read_constants();
    read_input();
    count_uses();
    for (const onnx::NodeProto& node : graph_.node()) convert(node);
    const std::optional<NodeId> output = read_output();
    if (output && problems_.empty()) state_.draft.keep_only_what_gives(*output);
  }

  void describe(Graph& graph) const {
    graph.labels = options_.labels;
    graph.preprocessing = preprocessing(graph.input().shape.channels);
  }

  void note_deviations(const std::vector<std::string>& rounded_biases) const {
    if (!options_.note) return;
    options_.note(
        "QuantizeLinear rounds halves to the even neighbour, the model rounds them up: a value right between "
        "two steps "
        "may come out one step higher");
    if (!rounded_biases.empty()) {
      options_.note(fmt::format("biases are rounded to the steps of the sums that they belong to, in {}",
                                fmt::join(rounded_biases, ", ")));
    }
  }

  std::string printable_name() const { return graph_.name(); }

  static int opset_of(const onnx::ModelProto& file) {
    for (const auto& opset : file.opset_import()) {
      if (!is_standard(opset.domain())) continue;
      if (opset.version() < least_opset || opset.version() > greatest_opset) {
        fail(ErrorCode::model,
             "the file is of ONNX opset {}; {} to {} are read: export it with opset_version=13",
             opset.version(), least_opset, greatest_opset);
      }
      return static_cast<int>(opset.version());
    }
    fail(ErrorCode::file,
         "the file names no ONNX opset: it is no ONNX network, or it is damaged; export it again");
  }

  /// Remembers what goes wrong; true if nothing did.
  template <typename F>
  bool attempt(const std::string& what, const std::string& name, F&& f) {
    try {
      f();
      return true;
    } catch (const Problem& problem) {
      remember(what, name, problem.what());
    } catch (const UnknownOperand&) {  // reported where it arose
    } catch (const Error& error) {
      if (error.code() != ErrorCode::model) throw;
      remember(what, name, error.what());
    }
    return false;
  }

  void remember(const std::string& what, const std::string& name, const std::string& reason) {
    constexpr std::size_t longest = 1000;
    const std::string why = is_printable(reason) && reason.size() <= longest
                                ? reason
                                : "it has unprintable or very long names; rename them";
    problems_.push_back(name.empty() ? fmt::format("{}: {}", printable(what), why)
                                     : fmt::format("{} \"{}\": {}", printable(what), printable(name), why));
  }

  void check_file() {
    if (graph_.sparse_initializer_size() > 0)
      remember("file", "", "it holds sparse tensors; store them densely");
    if (graph_.node_size() == 0) remember("file", "", "it holds no operator; export the network again");
  }

  void read_constants() {
    for (const onnx::TensorProto& tensor : graph_.initializer()) {
      Value& value = state_.values[tensor.name()] = Unknown{};
      attempt("initializer", tensor.name(),
              [&] { value = std::make_shared<const Constant>(decode_constant(tensor, state_.budget)); });
    }
  }

  void read_input() {
    const onnx::ValueInfoProto* input = nullptr;
    int count = 0;
    for (const auto& given : graph_.input()) {
      // Old files list initializers among the inputs.
      if (state_.values.count(given.name()) > 0) continue;
      input = &given;
      ++count;
      state_.values[given.name()] = Unknown{};
    }
    if (count != 1) {
      remember("file", "", fmt::format("it has {} inputs; a network has one, the picture", count));
      return;
    }
    attempt("input", input->name(), [&] {
      Tensor tensor{0, input->type().tensor_type().shape().dim_size(), false, {}};
      tensor.is_picture = state_.draft.quantised();
      state_.draft = Draft(printable_name(), input_shape(input->type()), state_.draft.quantised());
      state_.values[input->name()] = tensor;
    });
  }

  static Shape input_shape(const onnx::TypeProto& type) {
    using Type = onnx::TensorProto;
    const int element = type.tensor_type().elem_type();
    if (element != Type::FLOAT && element != Type::FLOAT16 && element != Type::DOUBLE) {
      cannot_import("its elements are no real numbers; let the network begin with float");
    }
    const auto& shape = type.tensor_type().shape();
    if (shape.dim_size() != 4 && shape.dim_size() != 2) {
      cannot_import("it has {} dimensions; pictures are N×C×H×W, vectors N×C", shape.dim_size());
    }
    if (shape.dim(0).has_dim_value() && shape.dim(0).dim_value() > 1) {
      cannot_import("its batch is fixed to {}; export with a batch of 1 or a dynamic one (dynamic_axes)",
                    shape.dim(0).dim_value());
    }
    int sizes[3] = {1, 1, 1};
    for (int i = 1; i < shape.dim_size(); ++i) {
      if (!shape.dim(i).has_dim_value() || shape.dim(i).dim_value() < 1) {
        cannot_import(
            "its dimension {} is dynamic; only the batch may be: export with pictures of a fixed size",
            i + 1);
      }
      if (shape.dim(i).dim_value() > INT32_MAX) cannot_import("its dimension {} is too large", i + 1);
      sizes[i - 1] = static_cast<int>(shape.dim(i).dim_value());
    }
    const Shape result{sizes[0], sizes[1], sizes[2]};
    static_cast<void>(element_count({result.channels, result.height, result.width}));
    return result;
  }

  void count_uses() {
    for (const onnx::NodeProto& node : graph_.node()) {
      for (const std::string& operand : node.input()) ++state_.uses[operand];
    }
    for (const auto& output : graph_.output()) ++state_.uses[output.name()];
  }

  bool ends_network(const std::string& value) const {
    return graph_.output_size() == 1 && graph_.output(0).name() == value && state_.uses.at(value) == 1;
  }

  void convert(const onnx::NodeProto& node) {
    const NodeReader reader(node, state_);
    for (const std::string& result : node.output()) {
      if (!result.empty()) state_.values.emplace(result, Unknown{});
    }
    const bool computed = attempt(node.op_type(), reader.name(), [&] {
      if (node.output_size() == 0) cannot_import("it has no result; export the file again");
      const Converter converter = is_standard(node.domain()) ? converter_of(node.op_type()) : nullptr;
      if (converter == nullptr)
        cannot_import("this operator is not supported; {}", advice_on(node.op_type()));
      const bool dropped = is_end(node.op_type()) && ends_network(node.output(0));
      if (dropped && options_.note) {
        options_.note(fmt::format("{} \"{}\" at the end is left out: it changes no class", node.op_type(),
                                  printable(reader.name())));
      }
      Value value = dropped ? convert_identity(reader) : converter(reader);
      auto* tensor = std::get_if<Tensor>(&value);
      if (tensor != nullptr && state_.uses[node.output(0)] > 1) tensor->shared = true;
      state_.values[node.output(0)] = std::move(value);
    });
    for (const std::string& objection : state_.objections) remember(node.op_type(), reader.name(), objection);
    state_.objections.clear();
    if (!computed && node.output_size() > 0) state_.values[node.output(0)] = Unknown{};
  }

  std::optional<NodeId> read_output() {
    if (graph_.output_size() != 1) {
      remember("file", "",
               fmt::format("it has {} outputs; a network has one, its scores", graph_.output_size()));
      return std::nullopt;
    }
    const std::string& name = graph_.output(0).name();
    const auto found = state_.values.find(name);
    if (found == state_.values.end()) {
      remember("output", name, "nothing computes it; export the file again");
    } else if (const auto* tensor = std::get_if<Tensor>(&found->second)) {
      if (tensor->rounding)
        remember("output", name, "it is what QuantizeLinear gives; let the network end in DequantizeLinear");
      if (tensor->surround == Surround{}) return tensor->node;
      remember("output", name, "there is a Pad before it; zeros around a picture can only stand before Conv");
    } else if (std::holds_alternative<std::shared_ptr<const Constant>>(found->second)) {
      remember("output", name, "it does not depend on the picture; export the file again");
    } else if (problems_.empty()) {
      remember("output", name, "it is no first result of an operator; only first results are computed");
    }
    return std::nullopt;
  }

  void report() const {
    if (problems_.empty()) return;
    fail(ErrorCode::model, "this network cannot be imported as it is ({} {}):\n  {}", problems_.size(),
         problems_.size() == 1 ? "problem" : "problems", fmt::join(problems_, "\n  "));
  }

  Preprocessing preprocessing(int channels) const {
    const auto by_channel = [channels](std::vector<double> values, double otherwise) {
      if (values.size() > 1) return values;
      return std::vector<double>(static_cast<std::size_t>(channels), values.empty() ? otherwise : values[0]);
    };
    return {by_channel(options_.preprocessing.mean, 0), by_channel(options_.preprocessing.deviation, 1)};
  }

  const onnx::GraphProto& graph_;
  const ImportOptions& options_;
  ImportState state_;
  std::vector<std::string> problems_;
};

onnx::ModelProto parse_file(Bytes bytes) {
  if (bytes.size() > max_onnx_bytes) {
    fail(ErrorCode::file, "the file has {} bytes, more than {}; use a smaller network", bytes.size(),
         max_onnx_bytes);
  }
  auto file = parse_message<onnx::ModelProto>(bytes, "ONNX file", onnx::ModelProto::kGraphFieldNumber, 1);
  if (!file.has_graph()) {
    fail(ErrorCode::file, "the file holds no network: it is no ONNX file, or it is damaged; export it again");
  }
  if (static_cast<std::size_t>(file.graph().node_size()) > max_nodes) {
    fail(ErrorCode::model, "the file has {} operators, more than {}; use a smaller network",
         file.graph().node_size(), max_nodes);
  }
  return file;
}

template <typename Parse>
auto import_file(const std::filesystem::path& path, const ImportOptions& options, Parse parse) {
  return read_named(path, max_onnx_bytes, [&](const std::vector<std::uint8_t>& bytes) {
    auto model = parse(bytes, options);
    const std::string stem = path.stem().string();
    if (!stem.empty() && stem.size() <= max_name_bytes && is_printable(stem)) model.graph.name = stem;
    return model;
  });
}

}  // namespace

RealModel parse_onnx(Bytes bytes, const ImportOptions& options) {
  return Importer(parse_file(bytes), options, false).real();
}

Model parse_quantised_onnx(Bytes bytes, const ImportOptions& options) {
  return Importer(parse_file(bytes), options, true).quantised();
}

RealModel import_onnx(const std::filesystem::path& path, const ImportOptions& options) {
  return import_file(path, options, parse_onnx);
}

Model import_quantised_onnx(const std::filesystem::path& path, const ImportOptions& options) {
  return import_file(path, options, parse_quantised_onnx);
}

}  // namespace privquant

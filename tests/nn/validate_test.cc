// Hostile contracts and models: each is refused with a sentence that names the layer.
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "nn/bounds.h"
#include "nn/test_model.h"

namespace privquant {
namespace {

void refuse(const std::vector<std::string>& words, const std::function<void(Graph&)>& spoil) {
  Graph graph = every_operator_model(1).graph;
  ASSERT_NO_THROW(validate(graph));
  spoil(graph);
  expect_error(ErrorCode::model, words, [&] { validate(graph); });
}

template <typename Op>
Node& first_of(Graph& graph) {
  for (Node& node : graph.nodes) {
    if (std::holds_alternative<Op>(node.op)) return node;
  }
  throw std::logic_error("no such operator");
}

template <typename Op>
void refuse_op(const std::vector<std::string>& words, const std::function<void(Node&, Op&)>& spoil) {
  refuse(words, [&](Graph& graph) {
    Node& node = first_of<Op>(graph);
    spoil(node, std::get<Op>(node.op));
  });
}

TEST(ValidateGraph, NodeCountAndNames) {
  refuse({"0 nodes"}, [](Graph& g) { g.nodes.clear(); });
  refuse({"1 nodes"}, [](Graph& g) { g.nodes.resize(1); });
  refuse({"10001 nodes"}, [](Graph& g) { g.nodes.resize(10'001); });
  refuse({"network's name"}, [](Graph& g) { g.name.clear(); });
  refuse({"layer's name"}, [](Graph& g) { g.nodes[3].name = std::string(257, 'a'); });
  refuse({"node2", "two layers"}, [](Graph& g) { g.nodes[3].name = "node2"; });
  for (const char* text :
       {"a\nb", "a\x1b[2J", "\x7f", "\xff", "\xc0\xaf", "\xc2\x9b", "\xed\xa0\x80", "\xe2\x82"}) {
    refuse({"printable"}, [&](Graph& g) { g.nodes[3].name = text; });
    refuse({"label"}, [&](Graph& g) { g.labels[0] = text; });
  }
}

TEST(ValidateGraph, IdsAndArity) {
  refuse({"node 0"}, [](Graph& g) { g.nodes[0].op = Relu{}; });
  refuse({"node1", "Input"}, [](Graph& g) { g.nodes[1].op = Input{}; });
  refuse({"node2", "before"}, [](Graph& g) { g.nodes[2].inputs = {2}; });
  refuse({"node2", "before"}, [](Graph& g) { g.nodes[2].inputs = {std::numeric_limits<NodeId>::max()}; });
  refuse({"node2", "0 inputs"}, [](Graph& g) { g.nodes[2].inputs = {}; });
  refuse({"node2", "2 inputs"}, [](Graph& g) { g.nodes[2].inputs = {1, 1}; });
  refuse({"Add", "3 inputs"}, [](Graph& g) { first_of<Add>(g).inputs = {1, 1, 1}; });
  refuse({"Concat", "1 inputs"}, [](Graph& g) { first_of<Concat>(g).inputs.pop_back(); });
  refuse({"input", "before"}, [](Graph& g) { g.nodes[0].inputs = {0}; });
  refuse({"node10", "no layer uses"}, [](Graph& g) {
    Node& concat = first_of<Concat>(g);
    concat.inputs[1] = concat.inputs[0];
  });
}

TEST(ValidateGraph, Shapes) {
  refuse({"node1", "4×8×8"}, [](Graph& g) { g.nodes[1].shape.height = 9; });
  refuse({"input", "empty"}, [](Graph& g) { g.nodes[0].shape.width = 0; });
  refuse({"input", "empty"}, [](Graph& g) { g.nodes[0].shape.channels = -3; });
  refuse({"input", "elements"}, [](Graph& g) { g.nodes[0].shape = {INT32_MAX, INT32_MAX, INT32_MAX}; });
  refuse({"input", "elements"}, [](Graph& g) { g.nodes[0].shape = {2, 1 << 15, 1 << 15}; });
  refuse({"Add", "cannot be added"}, [](Graph& g) { first_of<Add>(g).inputs[1] = 0; });
  refuse({"Linear", "no vector"}, [](Graph& g) { first_of<Linear>(g).inputs[0] = 2; });
  refuse({"Concat", "joined"}, [](Graph& g) { first_of<Concat>(g).inputs[1] = 2; });
}

TEST(ValidateGraph, TotalNumberOfChannels) {
  ModelMaker maker({1 << 23, 1, 1}, signed_type(8));
  maker.model.graph.preprocessing = {};
  maker.add(Relu{}, {0}, signed_type(8));
  maker.add(Relu{}, {1}, signed_type(8));
  expect_error(ErrorCode::model, {"channels in all"}, [&] { validate(maker.model.graph); });
}

TEST(ValidateGraph, Windows) {
  for (int Window::*member : {&Window::kernel_height, &Window::kernel_width, &Window::stride_height,
                              &Window::stride_width, &Window::dilation_height, &Window::dilation_width}) {
    for (const int value : {0, -1, 1025, INT32_MIN, INT32_MAX}) {
      refuse_op<Conv2d>({"node1", "dilation"}, [&](Node&, Conv2d& conv) { conv.window.*member = value; });
      refuse_op<MaxPool>({"MaxPool", "dilation"}, [&](Node&, MaxPool& pool) { pool.window.*member = value; });
    }
  }
  for (int Window::*member : {&Window::pad_top, &Window::pad_left, &Window::pad_bottom, &Window::pad_right}) {
    for (const int value : {-1, 1025, INT32_MAX}) {
      refuse_op<AvgPool>({"AvgPool", "padding"}, [&](Node&, AvgPool& pool) { pool.window.*member = value; });
    }
  }
  refuse_op<Conv2d>({"node1", "larger than its input"},
                    [](Node&, Conv2d& conv) { conv.window.kernel_height = 11; });
  refuse_op<Conv2d>({"node1", "groups"}, [](Node&, Conv2d& conv) { conv.groups = 2; });
  refuse_op<Conv2d>({"node1", "groups"}, [](Node&, Conv2d& conv) { conv.groups = 0; });
  refuse_op<Conv2d>({"node1", "output channels"}, [](Node&, Conv2d& conv) { conv.out_channels = 0; });
  refuse_op<Conv2d>({"node1", "weights"}, [](Node&, Conv2d& conv) { conv.out_channels = INT32_MAX; });
  refuse_op<Linear>({"Linear", "weights"}, [](Node&, Linear& linear) { linear.out_features = INT32_MAX; });
  refuse_op<Linear>({"Linear", "features"}, [](Node&, Linear& linear) { linear.out_features = 0; });
}

TEST(ValidateGraph, MaxPoolWindowsMeetTheInput) {
  refuse_op<MaxPool>({"MaxPool", "padding"}, [](Node&, MaxPool& pool) { pool.window.pad_top = 2; });
  refuse_op<MaxPool>({"MaxPool", "padding"}, [](Node&, MaxPool& pool) { pool.window.pad_right = 2; });
  // Taps at −1 and 8 of 8 rows: the span meets the input, no tap does.
  refuse_op<MaxPool>({"MaxPool", "padding"}, [](Node&, MaxPool& pool) {
    pool.window.dilation_height = 9;
    pool.window.pad_top = 1;
    pool.window.pad_bottom = 1;
  });
  // Against all positions and taps, on many small windows.
  for (int size = 1; size <= 4; ++size) {
    for (int code = 0; code < 3 * 3 * 4 * 4 * 4; ++code) {
      Window window;
      window.kernel_height = 1 + code % 3;
      window.stride_height = 1 + code / 3 % 3;
      window.dilation_height = 1 + code / 9 % 4;
      window.pad_top = code / 36 % 4;
      window.pad_bottom = code / 144;
      const int positions = window_output(window, 1, size, 1).height;
      bool meets = positions > 0;
      for (int p = 0; p < positions; ++p) {
        bool any = false;
        for (int k = 0; k < window.kernel_height; ++k) {
          const int row = p * window.stride_height - window.pad_top + k * window.dilation_height;
          any = any || (row >= 0 && row < size);
        }
        meets = meets && any;
      }
      ModelMaker maker({1, size, 1}, signed_type(8));
      if (meets) {
        EXPECT_NO_THROW(maker.add(MaxPool{window}, {0}, signed_type(8)));
      } else {
        EXPECT_THROW(maker.add(MaxPool{window}, {0}, signed_type(8)), Error);
      }
    }
  }
}

TEST(ValidateGraph, PaddedInputsAreBounded) {
  ModelMaker maker({1 << 20, 1, 1}, signed_type(8));
  Conv2d conv;
  conv.window = {1, 1, 1024, 1024, 1, 1, 1024, 1024, 1024, 1024};
  expect_error(ErrorCode::model, {"padded input", "elements"},
               [&] { maker.add(conv, {0}, signed_type(32)); });
}

TEST(ValidateGraph, Types) {
  for (const int bits : {0, -1, 65, INT32_MIN}) {
    refuse({"node1", "width"}, [&](Graph& g) { g.nodes[1].type.bits = bits; });
    refuse_op<Conv2d>({"node1", "width"}, [&](Node&, Conv2d& conv) { conv.weight_type.bits = bits; });
  }
  refuse({"node2", "unsigned"}, [](Graph& g) { g.nodes[2].type.bits = 64; });
  for (const int exponent : {-1001, 1001, INT32_MAX, INT32_MIN}) {
    refuse({"node2", "exponent"}, [&](Graph& g) { g.nodes[2].type.exponent = exponent; });
    refuse_op<Linear>({"Linear", "exponent"}, [&](Node&, Linear& l) { l.weight_type.exponent = exponent; });
  }
  refuse_op<Conv2d>({"node1", "weights"}, [](Node&, Conv2d& conv) { conv.weight_type.bits = 17; });
  refuse_op<Conv2d>({"node1", "weights"}, [](Node&, Conv2d& conv) { conv.weight_type.is_signed = false; });
  refuse_op<Conv2d>({"node1", "signed"}, [](Node& node, Conv2d&) { node.type.is_signed = false; });
  refuse_op<Linear>({"Linear", "signed"}, [](Node& node, Linear&) { node.type.is_signed = false; });
  refuse_op<Conv2d>({"node1", "exponent -12"}, [](Node& node, Conv2d&) { node.type.exponent = -12; });
  refuse_op<Add>({"Add", "exponent"}, [](Node& node, Add&) { node.type.exponent += 1; });
  refuse_op<Add>({"Add", "signed"}, [](Node& node, Add&) { node.type.is_signed = false; });
  refuse_op<Relu>({"Relu", "exponent"}, [](Node& node, Relu&) { node.type.exponent += 1; });
  refuse_op<Relu>({"Relu", "hold"}, [](Node& node, Relu&) { node.type.bits -= 1; });
  refuse_op<Clip>({"Clip", "hold"}, [](Node& node, Clip&) { node.type.bits = 5; });
  refuse_op<Clip>({"Clip", "lower limit"}, [](Node&, Clip& clip) { clip.low = 51; });
  refuse_op<Clip>({"Clip", "hold"}, [](Node&, Clip& clip) { clip.low = -1, clip.high = -1; });
  refuse_op<MaxPool>({"MaxPool", "input's type"}, [](Node& node, MaxPool&) { node.type.bits += 1; });
  refuse_op<AvgPool>({"AvgPool", "exponent"}, [](Node&, AvgPool& pool) { pool.log2_divisor = 3; });
  refuse_op<AvgPool>({"AvgPool", "divisor"}, [](Node&, AvgPool& pool) { pool.log2_divisor = -1; });
  refuse_op<AvgPool>({"AvgPool", "unsigned"}, [](Node& node, AvgPool&) { node.type.is_signed = true; });
  refuse_op<GlobalAvgPool>({"GlobalAvgPool", "divisor"},
                           [](Node&, GlobalAvgPool& p) { p.log2_divisor = INT32_MAX; });
  refuse_op<Requantise>({"node2", "shift"}, [](Node& node, Requantise&) { node.type.exponent = -14; });
  refuse_op<Requantise>({"node2", "shift"}, [](Node& node, Requantise&) { node.type.exponent = 50; });
}

TEST(ValidateGraph, PaddingOfChannels) {
  refuse_op<PadChannels>({"PadChannels", "padding"}, [](Node&, PadChannels& pad) { pad.before = -1; });
  refuse_op<PadChannels>({"PadChannels", "padding"}, [](Node&, PadChannels& pad) { pad.after = INT32_MIN; });
  refuse_op<PadChannels>({"PadChannels", "channels"}, [](Node&, PadChannels& pad) { pad.after = INT32_MAX; });
  refuse_op<PadChannels>({"PadChannels", "declared"}, [](Node&, PadChannels& pad) { pad.after = 3; });
  refuse_op<PadChannels>({"PadChannels", "input's type"},
                         [](Node& node, PadChannels&) { node.type.bits += 1; });
}

TEST(ValidateGraph, ConcatNeedsEqualTypes) {
  ModelMaker maker({1, 1, 1}, signed_type(8));
  const NodeId narrow = maker.add(Requantise{}, {0}, signed_type(4, 0));
  maker.add(Concat{}, {0, narrow}, signed_type(8));
  expect_error(ErrorCode::model, {"node2", "s4"}, [&] { validate(maker.model.graph); });
}

TEST(ValidateGraph, AddRefusesFarExponents) {
  ModelMaker maker({1, 1, 1}, signed_type(8, -32));
  NodeId far = maker.add(Requantise{}, {0}, signed_type(8, 0));
  far = maker.add(Requantise{}, {far}, signed_type(8, 31));
  maker.add(Add{}, {0, far}, signed_type(64));
  expect_error(ErrorCode::model, {"node3", "apart"}, [&] { validate(maker.model.graph); });
}

TEST(ValidateGraph, ArgMaxIsTheOutputAndHoldsItsIndices) {
  ModelMaker maker({4, 1, 1}, signed_type(8));
  maker.add(ArgMax{}, {0}, unsigned_type(2));
  Graph& graph = maker.model.graph;
  graph.labels = {"a", "b", "c", "d"};
  EXPECT_NO_THROW(validate(graph));
  graph.nodes[1].type.bits = 1;
  expect_error(ErrorCode::model, {"node1", "indices"}, [&] { validate(graph); });
  graph.nodes[1].type = unsigned_type(2, 1);
  expect_error(ErrorCode::model, {"node1", "exponent"}, [&] { validate(graph); });
  graph.nodes[1].type = unsigned_type(2);
  maker.add(Relu{}, {1}, unsigned_type(2));
  expect_error(ErrorCode::model, {"node1", "output"}, [&] { validate(graph); });
}

TEST(ValidateGraph, PreprocessingAndLabels) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  refuse({"preprocessing"}, [](Graph& g) { g.preprocessing.mean.pop_back(); });
  refuse({"preprocessing"}, [](Graph& g) { g.preprocessing.deviation.push_back(1); });
  for (const double value : {infinity, -infinity, nan}) {
    refuse({"channel 1", "finite"}, [&](Graph& g) { g.preprocessing.mean[1] = value; });
    refuse({"channel 1", "finite"}, [&](Graph& g) { g.preprocessing.deviation[1] = value; });
  }
  refuse({"channel 2", "above 0"}, [](Graph& g) { g.preprocessing.deviation[2] = 0; });
  refuse({"channel 2", "above 0"}, [](Graph& g) { g.preprocessing.deviation[2] = -1; });
  refuse({"2 labels for 3"}, [](Graph& g) { g.labels.pop_back(); });
  Graph graph = every_operator_model(1).graph;
  graph.labels.clear();
  EXPECT_NO_THROW(validate(graph));
}

void refuse_model(const std::vector<std::string>& words, const std::function<void(Model&)>& spoil) {
  Model model = every_operator_model(1);
  spoil(model);
  expect_error(ErrorCode::model, words, [&] { validate(model); });
}

TEST(ValidateModel, CountsAndRangesOfWeights) {
  refuse_model({"weights"}, [](Model& m) { m.weights.pop_back(); });
  refuse_model({"node1", "missing"}, [](Model& m) { m.weights[1].reset(); });
  refuse_model({"node2", "no weights"}, [](Model& m) { m.weights[2] = LayerWeights{}; });
  refuse_model({"node1", "107 weights"}, [](Model& m) { m.weights[1]->weights.pop_back(); });
  refuse_model({"node1", "5 biases"}, [](Model& m) { m.weights[1]->bias.push_back(0); });
  refuse_model({"node3", "s4"}, [](Model& m) { m.weights[3]->weights[5] = 8; });
  refuse_model({"node3", "s4"}, [](Model& m) { m.weights[3]->weights[5] = -9; });
}

TEST(ValidateModel, ReachableValuesFitTheTypes) {
  refuse_model({"node1", "do not fit"}, [](Model& m) { m.graph.nodes[1].type.bits -= 1; });
  refuse_model({"node3", "do not fit"}, [](Model& m) { m.weights[3]->bias[0] = 1 << 20; });
  refuse_model({"node3", "64 bits"}, [](Model& m) { m.weights[3]->bias[0] = INT64_MAX; });
}

TEST(Window, OutputFollowsTheFormula) {
  EXPECT_EQ(window_output({7, 7, 2, 2, 1, 1, 3, 3, 3, 3}, 64, 224, 224), (Shape{64, 112, 112}));
  EXPECT_EQ(window_output({3, 2, 2, 3, 2, 1, 0, 1, 1, 0}, 1, 9, 9), (Shape{1, 3, 3}));
  EXPECT_EQ(window_output({3, 3, 1, 1, 1, 1, 0, 0, 0, 0}, 1, 2, 3), (Shape{1, 0, 1}));
}

TEST(Counts, MultiplyAccumulatesAndParameters) {
  const Graph graph = every_operator_model(1).graph;
  EXPECT_EQ(multiply_accumulates(graph, 1), 4U * 27 * 64);
  EXPECT_EQ(parameters(graph, 1), 4U * 27 + 4);
  EXPECT_EQ(multiply_accumulates(graph, 3), 4U * 9 * 64);
  EXPECT_EQ(multiply_accumulates(graph, 2), 0U);
  EXPECT_EQ(parameters(graph, 2), 0U);
  EXPECT_EQ(parameters(graph, graph.nodes.size() - 1), 11U * 3 + 3);
}

TEST(Names, AreShort) {
  EXPECT_EQ(to_string(unsigned_type(4, -3)), "u4·2^-3");
  EXPECT_EQ(to_string(Shape{16, 28, 28}), "16×28×28");
  EXPECT_EQ(operator_name(GlobalAvgPool{}), "GlobalAvgPool");
  EXPECT_EQ(signed_type(64).min(), INT64_MIN);
  EXPECT_EQ(signed_type(64).max(), INT64_MAX);
  EXPECT_EQ(unsigned_type(63).max(), INT64_MAX);
  EXPECT_EQ(signed_type(1).max(), 0);
}

}  // namespace
}  // namespace privquant

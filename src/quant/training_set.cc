#include "quant/training_set.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "base/error.h"
#include "data/spread.h"
#include "nn/executor.h"
#include "quant/trainable_network.h"

namespace privquant {
namespace {

constexpr std::size_t most_at_once = 128;
constexpr std::size_t most_values_at_once = std::size_t{1} << 27;  // floats: half a gigabyte

TrainingSet load_indices(const Dataset& dataset, const Graph& graph,
                         const std::vector<std::size_t>& indices) {
  const auto count = static_cast<std::int64_t>(indices.size());
  const Shape& shape = graph.input().shape;
  const std::size_t classes = graph.output().shape.elements();
  TrainingSet set{torch::empty({count, shape.channels, shape.height, shape.width}),
                  torch::empty({count}, torch::kInt64)};
  float* values = set.values.data_ptr<float>();
  auto* labels = set.labels.data_ptr<std::int64_t>();
  const auto unit = static_cast<float>(std::ldexp(1.0, graph.input().type.exponent));
  for (const std::size_t index : indices) {
    const LabelledPicture item = dataset.at(index);
    if (!item.label || static_cast<std::size_t>(*item.label) >= classes) {
      fail(ErrorCode::file, "{} has no label from 0 to {}; use a set whose classes are the network's",
           item.name, classes - 1);
    }
    for (const std::int64_t value : input_of(graph, item).values)
      *values++ = static_cast<float>(value) * unit;
    *labels++ = *item.label;
  }
  return set;
}

void refuse_empty(const Dataset& dataset) {
  if (dataset.size() == 0) fail(ErrorCode::file, "the set of pictures is empty; name one that holds some");
}

/// The whole set, as many pictures at a time as go through the network.
void visit_parts(const Dataset& dataset, const Graph& graph,
                 const std::function<void(const TrainingSet&)>& visit) {
  refuse_empty(dataset);
  const auto most = static_cast<std::size_t>(pictures_at_once(graph));
  for (std::size_t first = 0; first < dataset.size(); first += most) {
    std::vector<std::size_t> indices(std::min(most, dataset.size() - first));
    std::iota(indices.begin(), indices.end(), first);
    visit(load_indices(dataset, graph, indices));
  }
}

std::int64_t right_answers(TrainableNetwork& network, const torch::Tensor& values,
                           const torch::Tensor& labels) {
  return network.forward(values).argmax(1).eq(labels).sum().item<std::int64_t>();
}

}  // namespace

IntegerTensor input_of(const Graph& graph, const LabelledPicture& item) {
  const Shape& shape = graph.input().shape;
  const auto picture = fit(item, shape.height, shape.width);
  if (!picture) {
    fail(ErrorCode::usage,
         "{} is {} pixels high and {} wide, but the network takes {} by {}; give pictures of that size, or "
         "PNG "
         "or JPEG files that are larger",
         item.name, item.picture.height, item.picture.width, shape.height, shape.width);
  }
  return quantise_picture(graph, picture->channels, picture->height, picture->width, picture->bytes);
}

TrainingSet load_training_set(const Dataset& dataset, const Graph& graph, std::size_t limit) {
  refuse_empty(dataset);
  const std::size_t size = dataset.size();
  return load_indices(dataset, graph, spread(size, limit == 0 ? size : limit));
}

void check_pictures(const Dataset& dataset, const Graph& graph) {
  visit_parts(dataset, graph, [](const TrainingSet&) {});
}

TrainingSet spread_pictures(const TrainingSet& set, std::int64_t count) {
  const std::int64_t size = set.labels.size(0);
  if (count >= size) return set;
  const auto indices = spread(static_cast<std::size_t>(size), static_cast<std::size_t>(count));
  const torch::Tensor chosen = torch::tensor(std::vector<std::int64_t>(indices.begin(), indices.end()));
  return {set.values.index_select(0, chosen), set.labels.index_select(0, chosen)};
}

std::int64_t pictures_at_once(const Graph& graph) {
  std::size_t values = 0;
  for (const Node& node : graph.nodes) values += node.shape.elements();
  return static_cast<std::int64_t>(std::clamp<std::size_t>(most_values_at_once / values, 1, most_at_once));
}

double accuracy(TrainableNetwork& network, const TrainingSet& set) {
  const torch::NoGradGuard no_gradient;
  network.eval();
  const std::int64_t count = set.labels.size(0);
  const std::int64_t most = pictures_at_once(network.graph());
  std::int64_t right = 0;
  for (std::int64_t first = 0; first < count; first += most) {
    const std::int64_t size = std::min(most, count - first);
    right += right_answers(network, set.values.narrow(0, first, size), set.labels.narrow(0, first, size));
  }
  return static_cast<double>(right) / static_cast<double>(count);
}

double accuracy(TrainableNetwork& network, const Dataset& dataset, const Graph& graph) {
  const torch::NoGradGuard no_gradient;
  network.eval();
  std::int64_t right = 0;
  visit_parts(dataset, graph,
              [&](const TrainingSet& set) { right += right_answers(network, set.values, set.labels); });
  return static_cast<double>(right) / static_cast<double>(dataset.size());
}

}  // namespace privquant

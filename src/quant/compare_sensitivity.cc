#include "quant/compare_sensitivity.h"

#include <torch/nn/functional/loss.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "quant/equalise.h"
#include "quant/post_training.h"
#include "quant/sensitivity.h"
#include "search/network_price.h"

namespace privquant {
namespace {

constexpr int wide_bits = 8;

double mean_loss(const PostTraining& rounded, const NetworkWidths& widths, const TrainingSet& set) {
  const torch::NoGradGuard no_gradient;
  const QuantisableGraph graph = rounded.graph_at(widths);
  TrainableNetwork network(graph.graph, weights_of(rounded.corrected_weights(widths), graph));
  network.eval();
  network.quantise();
  const std::int64_t count = set.labels.size(0);
  const std::int64_t most = pictures_at_once(graph.graph);
  double sum = 0;
  for (std::int64_t first = 0; first < count; first += most) {
    const std::int64_t size = std::min(most, count - first);
    const torch::Tensor outputs = network.forward(set.values.narrow(0, first, size));
    sum += torch::nn::functional::cross_entropy(
               outputs, set.labels.narrow(0, first, size),
               torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum))
               .item<double>();
  }
  return sum / static_cast<double>(count);
}

std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> result(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) ++last;
    for (std::size_t i = first; i <= last; ++i) result[order[i]] = 0.5 * static_cast<double>(first + last);
    first = last + 1;
  }
  return result;
}

double correlation_of(const std::vector<ComparedSensitivity>& rows, bool of_weights,
                      double ComparedSensitivity::*predicted) {
  std::vector<double> a;
  std::vector<double> b;
  for (const ComparedSensitivity& row : rows) {
    if (row.of_weights != of_weights) continue;
    a.push_back(row.*predicted);
    b.push_back(row.measured);
  }
  return a.size() < 2 ? 0 : rank_correlation(a, b);
}

}  // namespace

double rank_correlation(const std::vector<double>& a, const std::vector<double>& b) {
  PQ_CHECK(a.size() == b.size() && a.size() >= 2);
  const std::vector<double> rank_a = ranks(a);
  const std::vector<double> rank_b = ranks(b);
  const double mean = 0.5 * static_cast<double>(a.size() - 1);
  double both = 0;
  double square_a = 0;
  double square_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    both += (rank_a[i] - mean) * (rank_b[i] - mean);
    square_a += (rank_a[i] - mean) * (rank_a[i] - mean);
    square_b += (rank_b[i] - mean) * (rank_b[i] - mean);
  }
  return square_a == 0 || square_b == 0 ? 0 : both / std::sqrt(square_a * square_b);
}

SensitivityComparison compare_sensitivity(const RealModel& given, const TrainingSet& training,
                                          const TrainingSet& measured, int least_bits, std::uint64_t seed,
                                          unsigned threads, const std::function<void(double)>& progress) {
  if (weighted_nodes(given.graph).size() < 3)
    fail(ErrorCode::model, "{} has no layer between the first and the last; there is nothing to compare",
         given.graph.name);
  at::set_num_threads(static_cast<int>(threads));
  const torch::Tensor pictures = spread_pictures(training, calibration_pictures).values;
  const RealModel model = equalise(given, pictures);
  WidthLimits limits;
  limits.least_weight_bits = limits.least_input_bits = least_bits;
  const PostTraining rounded(model, pictures, limits);
  const TrainingSet few = spread_pictures(training, sensitivity_pictures);
  const Sensitivity fisher = measure_sensitivity(rounded, few, Curvature::fisher, seed);
  const Sensitivity hutchinson = measure_sensitivity(rounded, few, Curvature::hutchinson, seed);

  const std::vector<NodeId>& layers = rounded.layers();
  const NetworkWidths wide(layers.size(), {wide_bits, wide_bits});
  SensitivityComparison result;
  result.loss = mean_loss(rounded, wide, measured);
  for (std::size_t layer = 1; layer + 1 < layers.size(); ++layer) {
    const Node& node = model.graph.nodes[layers[layer]];
    for (const bool of_weights : {true, false}) {
      if (!of_weights && node.inputs[0] == 0) continue;  // the picture's width is given
      for (int bits = least_bits; bits < wide_bits; ++bits) {
        NetworkWidths widths = wide;
        (of_weights ? widths[layer].weight_bits : widths[layer].input_bits) = bits;
        const auto predicted = [&](const Sensitivity& of) {
          return (of_weights ? of.weights : of.inputs)[layer][static_cast<std::size_t>(bits)];
        };
        result.rows.push_back({node.name, of_weights, bits, predicted(fisher), predicted(hutchinson),
                               mean_loss(rounded, widths, measured) - result.loss});
      }
    }
    if (progress) progress(static_cast<double>(layer) / static_cast<double>(layers.size() - 2));
  }
  result.fisher_of_weights = correlation_of(result.rows, true, &ComparedSensitivity::fisher);
  result.hutchinson_of_weights = correlation_of(result.rows, true, &ComparedSensitivity::hutchinson);
  result.fisher_of_inputs = correlation_of(result.rows, false, &ComparedSensitivity::fisher);
  return result;
}

}  // namespace privquant

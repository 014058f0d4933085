#include "plan/choose_linear.h"

#include <algorithm>

#include "base/error.h"

namespace privquant {
namespace {

// For each node the linear layer that it belongs to: the last one at or before it.
std::vector<std::optional<NodeId>> layer_of_nodes(const Graph& graph) {
  std::vector<std::optional<NodeId>> layers;
  std::optional<NodeId> last;
  for (NodeId node = 0; node < graph.nodes.size(); ++node) {
    if (is_linear_layer(graph, node)) last = node;
    layers.push_back(last);
  }
  return layers;
}

// Moves one layer at a time, whatever helps, until nothing does.
void improve(const LinearTimes& times, std::vector<bool>& left_to_ots) {
  constexpr int most_passes = 16;  // bounds the time; what is reached then is good enough
  double best = times.seconds(left_to_ots);
  bool moved = true;
  for (int pass = 0; moved && pass < most_passes; ++pass) {
    moved = false;
    for (std::size_t i = 0; i < left_to_ots.size(); ++i) {
      left_to_ots[i].flip();
      if (const double seconds = times.seconds(left_to_ots); seconds < best) {
        best = seconds;
        moved = true;
      } else {
        left_to_ots[i].flip();
      }
    }
  }
}

}  // namespace

LinearTimes::Share& LinearTimes::Share::operator+=(const Share& more) {
  seconds += more.seconds;
  lattices += more.lattices;
  keys.small = std::max(keys.small, more.keys.small);
  keys.large = std::max(keys.large, more.keys.large);
  return *this;
}

LinearTimes::LinearTimes(const Graph& graph, const Plan& mixed, const Plan& ots,
                         const Calibration& calibration, const std::optional<LinkShape>& link,
                         std::size_t memory_budget)
    : calibration_(calibration),
      link_(link),
      memory_budget_(memory_budget),
      extension_(mixed.protocol_choices.extension) {
  PQ_CHECK(ots.protocol_choices.extension == extension_ && lattice_steps(ots).empty());
  PQ_CHECK(mixed.options.ot_layers.empty());
  const std::vector<Share> with = shares_of(graph, mixed);
  const std::vector<Share> without = shares_of(graph, ots);
  std::vector<bool> may_move(graph.nodes.size(), false);
  for (const std::size_t i : lattice_steps(mixed)) may_move[mixed.steps[i].node] = true;
  for (NodeId node = 0; node < graph.nodes.size(); ++node) {
    if (may_move[node]) {
      layers_.push_back(node);
      by_lattices_.push_back(with[node]);
      by_ots_.push_back(without[node]);
    } else {
      rest_ += with[node];
    }
  }
}

// By linear layer; node 0 has what comes before the first one.
std::vector<LinearTimes::Share> LinearTimes::shares_of(const Graph& graph, const Plan& plan) const {
  const PlanCost cost = cost_of(plan, memory_budget_);
  const PlanTime time = time_of(plan, cost, calibration_, link_, memory_budget_);
  const auto layer_of = layer_of_nodes(graph);
  std::vector<Share> shares(graph.nodes.size());
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    Share share{time.steps[i], lattice_time(step, calibration_, link_)};
    if (const auto* linear = std::get_if<step::MaskedConvolve>(&step.operation)) {
      share.keys.add(linear->lattice);
    } else {
      share.seconds += time.steps_preparation[i];
    }
    shares[layer_of[step.node].value_or(0)] += share;
  }
  return shares;
}

double LinearTimes::seconds_of(const Share& sum) const {
  return sum.seconds + lattice_seconds(sum.lattices, calibration_, link_) +
         setup_seconds(extension_, sum.keys, calibration_, link_);
}

double LinearTimes::seconds(const std::vector<bool>& left_to_ots) const {
  PQ_CHECK(left_to_ots.size() == layers_.size());
  Share sum = rest_;
  for (std::size_t i = 0; i < layers_.size(); ++i) sum += left_to_ots[i] ? by_ots_[i] : by_lattices_[i];
  return seconds_of(sum);
}

std::set<NodeId> LinearTimes::best() const {
  std::vector<bool> best(layers_.size(), false);
  std::vector<bool> other(layers_.size(), true);
  improve(*this, best);
  improve(*this, other);
  if (seconds(other) < seconds(best)) best = other;
  std::set<NodeId> left_to_ots;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (best[i]) left_to_ots.insert(layers_[i]);
  }
  return left_to_ots;
}

}  // namespace privquant

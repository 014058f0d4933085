#include "plan/plan_report.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace privquant {
namespace {

// Parts of a whole number, in proportion, that add up to it.
class Portions {
 public:
  Portions(std::uint64_t total, double weights) : total_(static_cast<double>(total)), weights_(weights) {}

  std::uint64_t next(double weight) {
    reached_ += weight;
    const double fraction = weights_ > 0 ? std::min(reached_ / weights_, 1.0) : 0;
    const auto until = static_cast<std::uint64_t>(std::llround(total_ * fraction));
    return until - std::exchange(given_, until);
  }

 private:
  double total_;
  double weights_;
  double reached_ = 0;
  std::uint64_t given_ = 0;
};

std::string protocol_of(const StepOperation& operation) {
  if (const auto* linear = std::get_if<step::Convolve>(&operation))
    return "convolve " + to_string(linear->convolution.protocol);
  if (std::holds_alternative<step::MaskedConvolve>(operation)) return "convolve lattice";
  return functionality_name(operation);
}

void add_step(LayerReport& layer, const Plan& plan, const Step& step) {
  layer.protocol += (layer.protocol.empty() ? "" : ", ") + protocol_of(step.operation);
  if (layer.input_bits == 0 && !step.inputs.empty())
    layer.input_bits = plan.values[step.inputs[0]].width.bits();
  if (step.output) layer.output_bits = plan.values[*step.output].width.bits();
}

}  // namespace

PlanReport report_on(const Plan& plan, const Calibration& calibration, const std::optional<LinkShape>& link,
                     std::size_t memory_budget) {
  const PlanCost cost = cost_of(plan, memory_budget);
  PlanReport report{plan.protocol_choices.extension,
                    plan.options.linear,
                    plan.protocol_choices.round_bytes,
                    cost.setup,
                    cost.preparation,
                    cost.online,
                    time_of(plan, cost, calibration, link, memory_budget),
                    {}};
  double weights = 0;
  for (const StepCost& step : cost.steps) weights += step.preparation_bytes;
  Portions preparation(cost.preparation.bytes(), weights);
  std::map<NodeId, LayerReport> layers;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    const StepCost& part = cost.steps[i];
    LayerReport& layer = layers[step.node];
    layer.node = step.node;
    add_step(layer, plan, step);
    const std::uint64_t prepared = preparation.next(part.preparation_bytes);
    layer.preparation_bytes += prepared;
    layer.online.server_bytes += part.online.server_bytes;
    layer.online.client_bytes += part.online.client_bytes;
    layer.online.rounds += part.online.rounds;
    layer.seconds_online += report.time.steps[i];
    layer.seconds += report.time.steps[i] + report.time.steps_preparation[i];
    const std::uint64_t bytes = prepared + part.online.bytes();
    if (bytes != 0) layer.by_functionality[functionality_name(step.operation)] += bytes;
  }
  for (auto& [node, layer] : layers) report.layers.push_back(std::move(layer));
  return report;
}

}  // namespace privquant

#include "plan/time_model.h"

#include <algorithm>

#include "ot/triples.h"

namespace privquant {
namespace {

// Of the shorter of computation and transmission, how much is hidden behind the longer one: not all, since
// the first chunk must be computed before it can leave, and the last one has still to be read.
constexpr double overlap = 0.9;

double together(double computing, double sending) {
  return std::max(computing, sending) + (1 - overlap) * std::min(computing, sending);
}

double seconds_to_send(double bytes, const std::optional<LinkShape>& link) {
  return link ? 8 * bytes / link->bits_per_second : 0;
}

double delays(double rounds, const std::optional<LinkShape>& link) {
  return link ? rounds * link->one_way_delay_seconds : 0;
}

// The OTs of one direction, those of triples included.
Demand of_sender(const Demand& extended, Role sender) {
  Demand demand;
  for (int k = 1; k <= max_choice_bits; ++k) demand.ots(sender, k) = extended.ots(sender, k);
  return demand;
}

double extension_bytes(const Demand& extended, Role sender) {
  std::size_t bytes = 0;
  for (int k = 1; k <= max_choice_bits; ++k) bytes += OtCode{k}.wire_bytes(extended.ots(sender, k));
  return static_cast<double>(bytes);
}

double preparation_seconds(const Demand& demand, const Calibration& calibration,
                           const std::optional<LinkShape>& link) {
  Demand extended = demand;
  extended += triple_demand(demand.triples, demand.triple_pairs);
  double seconds = 0;
  for (const Role sender : {Role::server, Role::client}) {
    seconds += together(preparation_work(of_sender(extended, sender)) * calibration,
                        seconds_to_send(extension_bytes(extended, sender), link));
  }
  Demand triples;
  triples.triples = demand.triples;
  triples.triple_pairs = demand.triple_pairs;
  const auto bytes = static_cast<double>(triple_message_bytes(demand.triples, demand.triple_pairs));
  Work work;
  work[WorkKind::triple] = static_cast<double>(demand.triples + demand.triple_pairs);
  seconds += together(work * calibration, seconds_to_send(bytes, link));
  Cost messages;
  cost_preparation(messages, demand);
  const auto rounds = static_cast<double>(messages.rounds());
  return seconds + rounds * calibration[WorkKind::round] + delays(rounds, link);
}

}  // namespace

std::string_view name_of(WorkKind kind) {
  constexpr std::array<std::string_view, work_kinds> names{
      "short_ot",         "wide_ot", "triple",  "seed_pads", "pad",
      "convolution_byte", "byte",    "product", "value",     "round"};
  return names.at(static_cast<std::size_t>(kind));
}

ByWorkKind& ByWorkKind::operator+=(const ByWorkKind& more) {
  for (std::size_t i = 0; i < work_kinds; ++i) values_.at(i) += more.values_.at(i);
  return *this;
}

double ByWorkKind::operator*(const ByWorkKind& other) const {
  double sum = 0;
  for (std::size_t i = 0; i < work_kinds; ++i) sum += values_.at(i) * other.values_.at(i);
  return sum;
}

Calibration default_calibration() {
  Calibration seconds;
  seconds[WorkKind::short_ot] = 36e-9;
  seconds[WorkKind::wide_ot] = 80e-9;
  seconds[WorkKind::triple] = 60e-9;
  seconds[WorkKind::seed_pads] = 42e-9;
  seconds[WorkKind::pad] = 7.5e-9;
  seconds[WorkKind::convolution_byte] = 1.5e-9;
  seconds[WorkKind::byte] = 1e-9;
  seconds[WorkKind::product] = 0;
  seconds[WorkKind::value] = 4e-9;
  seconds[WorkKind::round] = 180e-6;
  return seconds;
}

Work preparation_work(const Demand& demand) {
  Demand extended = demand;
  extended += triple_demand(demand.triples, demand.triple_pairs);
  Work work;
  for (const Role sender : {Role::server, Role::client}) {
    work[WorkKind::short_ot] += static_cast<double>(extended.ots(sender, 1));
    for (int k = 2; k <= max_choice_bits; ++k)
      work[WorkKind::wide_ot] += static_cast<double>(extended.ots(sender, k));
  }
  work[WorkKind::triple] = static_cast<double>(demand.triples + demand.triple_pairs);
  return work;
}

Work step_work(const Plan& plan, const Step& step, const StepCost& cost) {
  Work work;
  for (const Role sender : {Role::server, Role::client}) {
    work[WorkKind::seed_pads] += static_cast<double>(cost.demand.ots(sender, 1));
    for (int k = 2; k <= max_choice_bits; ++k)
      work[WorkKind::pad] += static_cast<double>(cost.demand.ots(sender, k) << k);
  }
  const auto bytes = static_cast<double>(cost.online.bytes());
  if (const auto* linear = std::get_if<step::Convolve>(&step.operation)) {
    const ConvolutionShape& shape = linear->convolution.shape;
    work[WorkKind::convolution_byte] = bytes;
    work[WorkKind::product] = static_cast<double>(shape.outputs()) * static_cast<double>(shape.fan_in());
  } else {
    work[WorkKind::byte] = bytes;
  }
  for (const ValueId value : step.inputs)
    work[WorkKind::value] += static_cast<double>(plan.values[value].size);
  work[WorkKind::round] = static_cast<double>(cost.online.rounds);
  return work;
}

PlanTime time_of(const Plan& plan, const PlanCost& cost, const Calibration& calibration,
                 const std::optional<LinkShape>& link, std::size_t memory_budget) {
  PlanTime time;
  for (const PreparationBatch& batch : preparation_batches(plan, memory_budget))
    time.preparation += preparation_seconds(batch.demand, calibration, link);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const PhaseCost& online = cost.steps[i].online;
    // A round's hand-over is waiting, not computing: nothing is hidden behind it.
    Work work = step_work(plan, plan.steps[i], cost.steps[i]);
    const auto rounds = static_cast<double>(online.rounds);
    work[WorkKind::round] = 0;
    const double sending = seconds_to_send(static_cast<double>(online.bytes()), link);
    time.steps.push_back(together(work * calibration, sending) + rounds * calibration[WorkKind::round] +
                         delays(rounds, link));
    time.online += time.steps.back();
  }
  return time;
}

}  // namespace privquant

#include "plan/time_model.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "mpc/lattice_work.h"
#include "ot/prices.h"
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

// Of random OTs that IKNP and KK13 extend.
Work column_work(const Demand& extended) {
  Work work;
  for (const Role sender : {Role::server, Role::client}) {
    work[WorkKind::short_ot] += static_cast<double>(extended.ots(sender, 1));
    for (int k = 2; k <= max_choice_bits; ++k)
      work[WorkKind::wide_ot] += static_cast<double>(extended.ots(sender, k));
  }
  return work;
}

// By what makes the random COTs of an extension that is not Ferret.
WorkKind cot_kind(OtExtension extension) {
  switch (extension) {
    case OtExtension::softspoken2:
      return WorkKind::softspoken2_cot;
    case OtExtension::softspoken4:
      return WorkKind::softspoken4_cot;
    default:
      return WorkKind::softspoken8_cot;
  }
}

// Where all kinds are made of random COTs; advances `state`.
Work cot_work(const Demand& demand, PreparationState& state) {
  Work work;
  for (const Role sender : {Role::server, Role::client}) {
    const std::size_t cots = random_cots(demand, sender);
    if (state.extension == OtExtension::ferret) {
      const FerretWork made = ferret_work(state.ferret[index_of(sender)], cots);
      work[WorkKind::softspoken8_cot] += static_cast<double>(made.softspoken_cots);
      work[WorkKind::ferret_cot] += static_cast<double>(made.tree_cots);
    } else {
      work[cot_kind(state.extension)] += static_cast<double>(cots);
    }
    const std::size_t halves = demand.triples + demand.triple_pairs;
    work[WorkKind::triple_half] += static_cast<double>(halves);
    work[WorkKind::packed_cot] += static_cast<double>(cots - halves - demand.ots(sender, 1));
  }
  return work;
}

double extension_bytes(const Demand& extended, Role sender) {
  std::size_t bytes = 0;
  for (int k = 1; k <= max_choice_bits; ++k) bytes += OtCode{k}.wire_bytes(extended.ots(sender, k));
  return static_cast<double>(bytes);
}

double column_preparation_seconds(const Demand& demand, const Calibration& calibration,
                                  const std::optional<LinkShape>& link) {
  Demand extended = demand;
  extended += triple_demand(demand.triples, demand.triple_pairs);
  double seconds = 0;
  for (const Role sender : {Role::server, Role::client}) {
    seconds += together(column_work(of_sender(extended, sender)) * calibration,
                        seconds_to_send(extension_bytes(extended, sender), link));
  }
  const auto bytes = static_cast<double>(triple_message_bytes(demand.triples, demand.triple_pairs));
  Work work;
  work[WorkKind::triple] = static_cast<double>(demand.triples + demand.triple_pairs);
  return seconds + together(work * calibration, seconds_to_send(bytes, link));
}

double preparation_seconds(const Demand& demand, PreparationState& state, const Calibration& calibration,
                           const std::optional<LinkShape>& link) {
  PreparationState found = state;
  Cost messages;
  cost_preparation(messages, demand, state);
  const double seconds = state.extension == OtExtension::iknp
                             ? column_preparation_seconds(demand, calibration, link)
                             : together(preparation_work(demand, found) * calibration,
                                        seconds_to_send(static_cast<double>(messages.bytes()), link));
  const auto rounds = static_cast<double>(messages.rounds());
  return seconds + rounds * calibration[WorkKind::round] + delays(rounds, link);
}

// Of each step; they add up to the whole.
std::vector<double> parts_of_preparation(const Plan& plan, const PlanCost& cost, const PlanTime& time,
                                         const Calibration& calibration,
                                         const std::optional<LinkShape>& link) {
  std::vector<double> ots, lattices;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    ots.push_back(preparation_bits(cost.steps[i].demand, plan.protocol_choices.extension));
    const auto [computing, sending] = lattice_time(plan.steps[i], calibration, link);
    lattices.push_back(together(computing, sending));
  }
  const auto share_out = [](double seconds, std::vector<double>& weights) {
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    for (double& weight : weights) weight = sum > 0 ? seconds * weight / sum : 0;
  };
  share_out(time.preparation - time.lattices, ots);
  share_out(time.lattices, lattices);
  std::transform(ots.begin(), ots.end(), lattices.begin(), ots.begin(), std::plus<>());
  return ots;
}

Work work_of(const LatticeWork& lattice) {
  Work work;
  work[WorkKind::lattice_butterfly] = lattice.butterflies;
  work[WorkKind::lattice_residue] = lattice.residues;
  return work;
}

double products_of(const ConvolutionShape& shape) {
  return static_cast<double>(shape.outputs()) * static_cast<double>(shape.fan_in());
}

}  // namespace

std::size_t round_bytes_of(const LinkShape& link) {
  return static_cast<std::size_t>(std::llround(link.bits_per_second * link.one_way_delay_seconds / 8));
}

Work setup_work(OtExtension extension) {
  Work work;
  work[WorkKind::base_ot] = 2 * static_cast<double>(base_ots_of(extension));
  return work;
}

Work lattice_key_work(const LatticeKeyDemand& keys) { return work_of(lattice_work(keys)); }

Work lattice_layer_work(const LatticeLayer& layer, const LatticePlan& plan) {
  return work_of(lattice_work(layer, plan));
}

Work preparation_work(const Demand& demand, PreparationState& state) {
  if (state.extension != OtExtension::iknp) return cot_work(demand, state);
  Demand extended = demand;
  extended += triple_demand(demand.triples, demand.triple_pairs);
  Work work = column_work(extended);
  work[WorkKind::triple] = static_cast<double>(demand.triples + demand.triple_pairs);
  return work;
}

Work step_work(const Plan& plan, const Step& step, const StepCost& cost) {
  const WorkKind pad =
      plan.protocol_choices.extension == OtExtension::iknp ? WorkKind::pad : WorkKind::packed_pad;
  Work work;
  for (const Role sender : {Role::server, Role::client}) {
    work[WorkKind::seed_pads] += static_cast<double>(cost.demand.ots(sender, 1));
    for (int k = 2; k <= max_choice_bits; ++k)
      work[pad] += static_cast<double>(cost.demand.ots(sender, k) << k);
  }
  const auto bytes = static_cast<double>(cost.online.bytes());
  if (const auto* linear = std::get_if<step::Convolve>(&step.operation)) {
    work[WorkKind::convolution_byte] = bytes;
    work[WorkKind::product] = products_of(linear->convolution.shape);
  } else if (const auto* masked = std::get_if<step::MaskedConvolve>(&step.operation)) {
    work[WorkKind::byte] = bytes;
    work[WorkKind::product] = products_of(masked->layer.shape);
  } else {
    work[WorkKind::byte] = bytes;
  }
  for (const ValueId value : step.inputs)
    work[WorkKind::value] += static_cast<double>(plan.values[value].size);
  work[WorkKind::round] = static_cast<double>(cost.online.rounds);
  return work;
}

LatticeTime& LatticeTime::operator+=(const LatticeTime& more) {
  computing += more.computing;
  sending += more.sending;
  return *this;
}

LatticeTime lattice_time(const Step& step, const Calibration& calibration,
                         const std::optional<LinkShape>& link) {
  const auto* const linear = std::get_if<step::MaskedConvolve>(&step.operation);
  if (linear == nullptr) return {};
  const auto& [layer, lattice] = *linear;
  return {lattice_layer_work(layer, lattice) * calibration,
          seconds_to_send(static_cast<double>(lattice.question_bytes + lattice.answer_bytes), link)};
}

double lattice_seconds(const LatticeTime& all, const Calibration& calibration,
                       const std::optional<LinkShape>& link) {
  if (all.computing + all.sending == 0) return 0;
  constexpr double rounds = 2;  // all questions, all answers: cost_prepare_masked_linears()
  return together(all.computing, all.sending) + rounds * calibration[WorkKind::round] + delays(rounds, link);
}

double setup_seconds(OtExtension extension, const LatticeKeyDemand& keys, const Calibration& calibration,
                     const std::optional<LinkShape>& link) {
  const PhaseCost cost = setup_of(extension, keys);
  const auto rounds = static_cast<double>(cost.rounds);
  Work work = setup_work(extension);
  work += lattice_key_work(keys);
  return work * calibration + seconds_to_send(static_cast<double>(cost.bytes()), link) +
         rounds * calibration[WorkKind::round] + delays(rounds, link);
}

PlanTime time_of(const Plan& plan, const PlanCost& cost, const Calibration& calibration,
                 const std::optional<LinkShape>& link, std::size_t memory_budget) {
  const OtExtension extension = plan.protocol_choices.extension;
  PlanTime time;
  time.setup = setup_seconds(extension, lattice_keys_of(plan), calibration, link);
  LatticeTime lattices;
  for (const Step& step : plan.steps) lattices += lattice_time(step, calibration, link);
  time.lattices = lattice_seconds(lattices, calibration, link);
  time.preparation = time.lattices;
  PreparationState state(extension);
  for (const PreparationBatch& batch : preparation_batches(plan, memory_budget)) {
    time.preparation += preparation_seconds(batch.demand, state, calibration, link);
    if (batch.ahead.empty()) continue;
    time.preparation += seconds_to_send(static_cast<double>(batch.bytes_ahead()), link) +
                        calibration[WorkKind::round] + delays(1, link);
  }
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
  time.steps_preparation = parts_of_preparation(plan, cost, time, calibration, link);
  return time;
}

}  // namespace privquant

#include "engine/engine.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <numeric>
#include <utility>

#include "engine/execute_step.h"
#include "mpc/masked_linear.h"
#include "plan/plan_cost.h"
#include "ring/arithmetic.h"

namespace privquant {
namespace {

// For each value the last step that reads it: its memory is given back there.
std::vector<std::size_t> last_uses(const Plan& plan) {
  std::vector<std::size_t> last(plan.values.size(), 0);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    for (const ValueId value : plan.steps[i].inputs) last[value] = i;
  }
  return last;
}

// Random COTs of a slice: some tens of milliseconds of computing, and more than a long link's delay is worth.
constexpr std::size_t slice_cots = std::size_t{1} << 20;

// How many inferences' correlations a budget holds (0: any number). Of a plan of several batches one: the others
// need the room while it runs.
std::size_t fitting_inferences(const std::vector<PreparationBatch>& batches, const Plan& plan,
                               std::size_t budget) {
  if (batches.size() > 1) return 1;
  const OtExtension extension = plan.protocol_choices.extension;
  std::size_t bytes = stored_bytes(batches.front().demand, extension);
  for (const std::size_t i : lattice_steps(plan)) {
    const LatticeLayer& layer = std::get<step::MaskedConvolve>(plan.steps[i].operation).layer;
    bytes += layer.ring.word_bytes() * (layer.shape.inputs() + layer.shape.outputs());
  }
  if (bytes == 0) return 1;
  if (budget == 0) return std::numeric_limits<std::size_t>::max();
  return std::max<std::size_t>(1, room_for_stock(budget, extension) / bytes);
}

std::vector<MaskedLayer> masked_linears(const Plan& plan, const Model* model) {
  std::vector<MaskedLayer> linears;
  for (const std::size_t i : lattice_steps(plan)) {
    const auto& [layer, lattice] = std::get<step::MaskedConvolve>(plan.steps[i].operation);
    MaskedLayer linear{layer, lattice, {}};
    if (model != nullptr) linear.weights = model->weights[plan.steps[i].node]->weights;
    linears.push_back(linear);
  }
  return linears;
}

Correlations set_up(Role role, Channel& channel, const Plan& plan, const Model* model, Prg& random,
                    unsigned threads) {
  PQ_CHECK((model != nullptr) == (role == Role::server));
  const auto scope = channel.meter().phase(Phase::setup);
  channel.align_rounds();
  return Correlations(channel, role, random, plan.protocol_choices.extension, threads);
}

}  // namespace

// Of one inference, wiped with it.
struct PreparedInference {
  std::vector<PreparedLinear> linears;
  std::vector<ChoicesAhead> choices;  // of the first batch, then of each as it begins
};

struct Engine::State {
  Role role;
  Channel& channel;
  const Graph& graph;
  const Plan& plan;
  const Model* model;
  Prg& random;
  Correlations correlations;
  std::vector<PreparationBatch> batches;
  std::vector<std::size_t> last_use;
  std::size_t most_prepared = 1;  // inferences whose first batch memory holds
  unsigned threads = 1;
  std::vector<MaskedLayer> linears;  // of the plan, in order
  std::optional<LatticeKeys> keys;
  std::deque<PreparedInference> masked;          // whose lattice layers are prepared
  std::vector<PreparedLinear> masked_under_way;  // the first layers of one more
  std::size_t chosen_for = 0;                    // the first so many of `masked` have their choices
  /// An exchange with the peer is under way, or failed half-way: then the two stores no longer hold the same,
  /// and another inference would reveal garbage.
  bool unsettled = false;
  ShareObserver shares_observer;
  StepObserver step_observer;

  Party party() { return {role, channel, correlations, random, plan.protocol_choices, nullptr}; }

  void exchange_keys() {
    if (linears.empty()) return;
    const auto scope = channel.meter().phase(Phase::setup);
    channel.align_rounds();
    Party self = party();
    keys.emplace(self, lattice_keys_of(plan));
    channel.flush();
  }

  std::size_t missing_linears(std::size_t inferences) const {
    const std::size_t wanted = inferences * linears.size();
    const std::size_t found = masked.size() * linears.size() + masked_under_way.size();
    return wanted > found ? wanted - found : 0;
  }

  // The next `count` lattice layers, of one inference after the other.
  void prepare_linears(std::size_t count) {
    if (count == 0) return;
    unsettled = true;
    const auto scope = channel.meter().phase(Phase::preparation);
    channel.align_rounds();
    std::vector<MaskedLayer> next;
    for (std::size_t i = 0; i < count; ++i)
      next.push_back(linears[(masked_under_way.size() + i) % linears.size()]);
    Party self = party();
    for (PreparedLinear& prepared : prepare_masked_linears(self, *keys, next, threads)) {
      masked_under_way.push_back(std::move(prepared));
      if (masked_under_way.size() == linears.size())
        masked.push_back({std::exchange(masked_under_way, {}), {}});
    }
    channel.flush();
    channel.align_rounds();
    unsettled = false;
  }

  void prepare(const Demand& demand) {
    const auto scope = channel.meter().phase(Phase::preparation);
    channel.align_rounds();
    correlations.prepare(channel, demand);
    channel.align_rounds();
  }

  // What the client chooses ahead for a batch whose OTs lie in the stock, behind those of `inferences` others.
  std::vector<ChoicesAhead> choices_ahead(const PreparationBatch& batch, std::size_t inferences,
                                          const std::vector<PreparedLinear>& own) {
    Party self = party();
    std::vector<ChoicesAhead> choices;
    for (const ChosenAhead& chosen : batch.ahead) {
      Demand before = batch.demand.times(inferences);
      before += chosen.before;
      const auto lookups = first_lookups(self, plan, plan.steps[chosen.step], own[chosen.linear].share);
      choices.push_back(choose_ahead(self, lookups, before));
      PQ_CHECK(choices.back().bytes == chosen.bytes);
    }
    return choices;
  }

  // What the client chose ahead for a step, null if nothing.
  static const ChoicesAhead* choices_for(std::size_t step, const PreparationBatch& batch,
                                         const std::vector<ChoicesAhead>& choices) {
    const auto at = std::find_if(batch.ahead.begin(), batch.ahead.end(),
                                 [&](const ChosenAhead& chosen) { return chosen.step == step; });
    return at == batch.ahead.end() ? nullptr : &choices[static_cast<std::size_t>(at - batch.ahead.begin())];
  }

  // How many inferences lack no choices.
  std::size_t inferences_chosen() const { return batches.front().ahead.empty() ? most_prepared : chosen_for; }

  // For so many inferences in all, which are prepared otherwise.
  void choose_between(std::size_t inferences) {
    if (inferences_chosen() >= inferences) return;
    unsettled = true;
    const auto scope = channel.meter().phase(Phase::preparation);
    channel.align_rounds();
    for (; chosen_for < inferences; ++chosen_for)
      masked[chosen_for].choices = choices_ahead(batches.front(), chosen_for, masked[chosen_for].linears);
    channel.flush();
    channel.align_rounds();
    unsettled = false;
  }

  // What the first batches of so many inferences lack. Between inferences the stock holds nothing else.
  Demand missing(std::size_t inferences) const {
    return batches.front().demand.times(inferences).beyond(correlations.stock());
  }

  // A part of what so many inferences lack.
  void prepare_between(std::size_t inferences, const Demand& demand) {
    if (demand.none()) return;
    unsettled = true;
    correlations.reserve(batches.front().demand.times(inferences));
    prepare(demand);
    unsettled = false;
  }

  void observe(ValueId value, const RingTensor& share) const {
    if (!shares_observer) return;
    for (NodeId node = 0; node < graph.nodes.size(); ++node) {
      if (plan.value_of_node[node] != value) continue;
      const Width type_width(graph.nodes[node].type.bits);
      PQ_CHECK(share.width() >= type_width);
      shares_observer(node, convert(share, type_width));
    }
  }

  // What the client learnt, as numbers.
  Prediction prediction_of(const RingTensor& opened) const {
    Prediction prediction;
    const StepOperation& reveal = plan.steps.back().operation;
    if (!std::holds_alternative<step::RevealLogits>(reveal)) {
      for (std::size_t i = 0; i < opened.size(); ++i) prediction.classes.push_back(opened.get(i));
      return prediction;
    }
    const TensorType& type = graph.output().type;
    prediction.exponent = type.exponent;
    for (std::size_t i = 0; i < opened.size(); ++i) {
      prediction.logits.push_back(type.is_signed ? opened.get_signed(i)
                                                 : static_cast<std::int64_t>(opened.get(i)));
    }
    prediction.classes.resize(opened.size());
    std::iota(prediction.classes.begin(), prediction.classes.end(), std::size_t{0});
    std::stable_sort(prediction.classes.begin(), prediction.classes.end(), [&](std::size_t a, std::size_t b) {
      return prediction.logits[a] > prediction.logits[b];
    });
    return prediction;
  }

  std::optional<Prediction> run(const IntegerTensor* input) {
    // Constructions are chosen by this extension's prices: with another one the parties would draw what is not there.
    PQ_CHECK(correlations.extension() == plan.protocol_choices.extension);
    Party self = party();
    PreparedInference own;
    if (!linears.empty()) {
      own = std::move(masked.front());
      masked.pop_front();
      if (chosen_for > 0) --chosen_for;
    }
    std::size_t next_masked = 0;
    std::vector<std::optional<RingTensor>> values(plan.values.size());
    std::optional<RingTensor> opened;
    const auto online = channel.meter().phase(Phase::online);
    auto batch = batches.begin();
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
      const Step& step = plan.steps[i];
      if (std::next(batch) != batches.end() && std::next(batch)->first_step == i) {
        ++batch;
        prepare(batch->demand);
        const auto scope = channel.meter().phase(Phase::preparation);
        own.choices = choices_ahead(*batch, 0, own.linears);
        channel.align_rounds();
      }
      self.ahead = choices_for(i, *batch, own.choices);
      if (step_observer) step_observer(i, plan.steps.size());
      const auto layer = channel.meter().layer(graph.nodes[step.node].name);
      const auto functionality = channel.meter().functionality(functionality_name(step.operation));
      std::vector<const RingTensor*> operands;
      for (const ValueId value : step.inputs) operands.push_back(&*values[value]);
      const bool is_masked = std::holds_alternative<step::MaskedConvolve>(step.operation);
      const StepContext context{self, plan, model, input, is_masked ? &own.linears[next_masked++] : nullptr};
      std::optional<RingTensor> result = execute_step(context, step, operands);
      PQ_CHECK(self.ahead == nullptr);
      if (step.output) {
        values[*step.output] = std::move(result);
        observe(*step.output, *values[*step.output]);
      } else {
        opened = std::move(result);
      }
      for (const ValueId value : step.inputs) {
        if (last_use[value] == i) values[value].reset();
      }
    }
    channel.flush();
    if (role == Role::server) return std::nullopt;
    return prediction_of(*opened);
  }
};

Engine::Engine(Role role, Channel& channel, const Graph& graph, const Plan& plan, const Model* model,
               Prg& random, EngineOptions options)
    : state_(new State{role,
                       channel,
                       graph,
                       plan,
                       model,
                       random,
                       set_up(role, channel, plan, model, random, options.threads),
                       preparation_batches(plan, options.preparation_memory),
                       last_uses(plan),
                       1,
                       options.threads,
                       masked_linears(plan, model),
                       {},
                       {},
                       {},
                       0,
                       false,
                       {},
                       {}}) {
  state_->exchange_keys();
  state_->most_prepared = fitting_inferences(state_->batches, plan, options.preparation_memory);
}

Engine::~Engine() = default;

std::size_t Engine::prepare(std::size_t inferences) {
  State& s = *state_;
  PQ_CHECK(!s.unsettled && inferences != 0);
  const std::size_t wanted = std::min(inferences, s.most_prepared);
  s.prepare_linears(s.missing_linears(wanted));
  s.prepare_between(wanted, s.missing(wanted));
  s.choose_between(wanted);
  return prepared();
}

bool Engine::prepare_slice(std::size_t inferences) {
  State& s = *state_;
  PQ_CHECK(!s.unsettled && inferences != 0);
  const std::size_t wanted = std::min(inferences, s.most_prepared);
  if (s.missing_linears(wanted) > 0) {
    s.prepare_linears(1);
  } else if (!s.missing(wanted).none()) {
    s.prepare_between(wanted, s.missing(wanted).slice(slice_cots));
  } else {
    s.choose_between(std::min(wanted, s.inferences_chosen() + 1));
  }
  return s.missing_linears(wanted) > 0 || !s.missing(wanted).none() || s.inferences_chosen() < wanted;
}

std::size_t Engine::prepared() const {
  const State& s = *state_;
  std::size_t most = std::min(s.most_prepared, s.inferences_chosen());
  if (!s.linears.empty()) most = std::min(most, s.masked.size());
  return s.batches.front().demand.times_in(s.correlations.stock(), most);
}

void Engine::check_input(const IntegerTensor& input) const {
  const Node& node = state_->graph.input();
  if (input.shape != node.shape || input.values.size() != node.shape.elements())
    fail(ErrorCode::usage, "the input is {}, the network takes {}", to_string(input.shape),
         to_string(node.shape));
  const auto fits = [&](std::int64_t v) { return v >= node.type.min() && v <= node.type.max(); };
  if (!std::all_of(input.values.begin(), input.values.end(), fits))
    fail(ErrorCode::usage, "an input value does not fit the network's input type {}", to_string(node.type));
}

std::optional<Prediction> Engine::infer(const std::optional<IntegerTensor>& input) {
  PQ_CHECK(input.has_value() == (state_->role == Role::client));
  if (input) check_input(*input);
  prepare();
  state_->unsettled = true;
  state_->channel.align_rounds();
  auto prediction = state_->run(input ? &*input : nullptr);
  state_->unsettled = false;
  return prediction;
}

void Engine::observe_shares(ShareObserver observer) { state_->shares_observer = std::move(observer); }
void Engine::observe_steps(StepObserver observer) { state_->step_observer = std::move(observer); }

}  // namespace privquant

// Runs a plan with the other party. Read this header first.
//
// Both parties construct an Engine on their end of a channel with the same plan, then call the same sequence
// of prepare() and infer(). All OT extension happens in prepare(), as far as the memory budget goes; what
// does not fit is prepared step by step within infer() and still metered as preparation. What was prepared and
// never drawn is wiped with the engine.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/prg.h"
#include "nn/graph.h"
#include "ot/party.h"
#include "plan/plan.h"

namespace privquant {

/// What the client learns, as far as the plan reveals it.
struct Prediction {
  std::vector<std::int64_t> logits;  ///< in units of 2^exponent; empty unless revealed
  int exponent = 0;
  std::vector<std::size_t> classes;  ///< best first; one, k, or all of them sorted by logit
};

struct EngineOptions {
  /// Correlations that prepare() may hold ahead, in bytes of memory; both parties must say the same.
  std::size_t preparation_memory = std::size_t{2} << 30;
  /// Threads that prepare, where OTs are made by SoftSpoken or Ferret (0: one per core): this party's own affair.
  unsigned threads = 1;
};

/// Sees this party's share of every node's result, in order (`verify`). The value is secret: never log it.
using ShareObserver = std::function<void(NodeId, const RingTensor&)>;
/// Called before each step with its index; for progress displays.
using StepObserver = std::function<void(std::size_t step, std::size_t steps)>;

class Engine {
 public:
  /// Runs the base OTs. The server gives its model, the client nullptr; graph, plan and model must outlive
  /// the engine.
  Engine(Role role, Channel& channel, const Graph& graph, const Plan& plan, const Model* model, Prg& random,
         EngineOptions options = {});
  ~Engine();

  /// Sees to it that correlations of so many inferences are there, all that is missing in one go; of as many as
  /// the memory budget holds, but of one at least. Returns how many are there: both parties the same number.
  std::size_t prepare(std::size_t inferences = 1);
  /// The same in slices that take a moment each, for parties that have nothing else to do: makes one, and returns
  /// whether more is missing.
  bool prepare_slice(std::size_t inferences);
  /// Inferences whose correlations are there.
  std::size_t prepared() const;
  /// One inference, metered under layer = the node's name, functionality = functionality_name of the step.
  /// The client gives the input tensor, the server nullopt. Returns the prediction to the client, nullopt to
  /// the server.
  std::optional<Prediction> infer(const std::optional<IntegerTensor>& input);

  /// @throws Error(usage) if the tensor is not of the network's input shape and type.
  void check_input(const IntegerTensor& input) const;

  void observe_shares(ShareObserver observer);
  void observe_steps(StepObserver observer);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace privquant

// Both parties in one process, on two threads: `verify`, `eval --private` and tests.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace privquant {

class LocalPair {
 public:
  /// Connects both engines and runs the set-up. Model and plan must outlive the pair.
  LocalPair(const Model& model, const Plan& plan, EngineOptions options = {});
  ~LocalPair();

  /// As Engine::prepare().
  std::size_t prepare(std::size_t inferences);
  /// As Engine::prepare_slice().
  bool prepare_slice(std::size_t inferences);
  Prediction infer(const IntegerTensor& input);
  /// The client's meter: bytes_sent are the client's.
  Meter& meter();

  /// Compares the secure result with the plaintext executor's after every node.
  struct Difference {
    NodeId node;
    std::size_t element;
    std::int64_t secure;
    std::int64_t plaintext;
  };
  struct Verification {
    std::size_t nodes_compared = 0;
    std::size_t nodes_fused = 0;  ///< never formed as such by the plan
    std::optional<Difference> first_difference;
    Prediction prediction;
  };
  Verification verify(const IntegerTensor& input);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace privquant

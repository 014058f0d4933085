// The tiny network of the zoo, served: what all tests of this floor share.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "base/error.h"
#include "net/local_transport.h"
#include "nn/executor.h"
#include "nn/zoo.h"
#include "service/client.h"
#include "service/served_model.h"
#include "service/server_session.h"

namespace privquant {

inline Model make_tiny_model(int weight_bits = 4) {
  ZooWidths widths;
  widths.weight_bits = weight_bits;
  widths.activation_bits = 4;
  return make_zoo_model("tiny", widths, 1);
}

inline const Model& tiny_model() {
  static const Model model = make_tiny_model();
  return model;
}

inline IntegerTensor tiny_input(std::uint64_t seed) {
  const Node& node = tiny_model().graph.input();
  std::mt19937_64 generator(seed);
  std::uniform_int_distribution<std::int64_t> value(node.type.min(), node.type.max());
  IntegerTensor input{node.type, node.shape, std::vector<std::int64_t>(node.shape.elements())};
  for (auto& element : input.values) element = value(generator);
  return input;
}

inline KnownContract tiny_contract() { return {tiny_model().graph, "tiny.pqc"}; }

inline PlanOptions revealing(const std::string& what) {
  PlanOptions options;
  parse_reveal(what, options);
  return options;
}

/// How one side of a session ended: "" for well, otherwise its sentence.
struct Ending {
  std::string sentence;
  std::optional<ErrorCode> code;
  bool started = false;
  std::size_t inferences = 0;
};

template <typename Body>
Ending ending_of(Body&& body) {
  try {
    body();
    return {};
  } catch (const Error& error) {
    return {error.what(), error.code(), false, 0};
  }
}

inline void expect_well(const Ending& ending) { EXPECT_EQ(ending.sentence, ""); }

inline void expect_failure(const Ending& ending, const std::string& part) {
  EXPECT_NE(ending.sentence.find(part), std::string::npos)
      << "'" << ending.sentence << "' lacks '" << part << "'";
}

/// An inference on this input gives what the plaintext executor computes.
inline void expect_inference(Client& client, std::uint64_t seed) {
  const IntegerTensor input = tiny_input(seed);
  EXPECT_EQ(client.infer(input).logits, run_plaintext(tiny_model(), input).values);
}

/// A server's session on its own thread, and the client's end of its connection.
class ServedSession {
 public:
  ServedSession(const ServedModel& served, SessionSlots& slots, SessionOptions options = {})
      : options_(options) {
    auto transports = make_local_transports();
    client_end = std::move(transports.second);
    ending_ = std::async(std::launch::async,
                         [this, &served, &slots, server_end = std::move(transports.first)]() mutable {
                           Channel channel(std::move(server_end));
                           ServerSession session(channel, served, options_, slots);
                           Ending ending = ending_of([&] { session.run(); });
                           ending.started = session.started();
                           ending.inferences = session.inferences();
                           return ending;
                         });
  }

  Ending server_ending() { return ending_.get(); }

  std::unique_ptr<Transport> client_end;

 private:
  SessionOptions options_;
  std::future<Ending> ending_;
};

}  // namespace privquant

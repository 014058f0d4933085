#include "engine/local_pair.h"

#include <map>
#include <utility>

#include "engine/run_both_sides.h"
#include "net/local_transport.h"
#include "nn/executor.h"
#include "ring/arithmetic.h"

namespace privquant {

struct LocalPair::State {
  const Model& model;
  std::pair<std::unique_ptr<Channel>, std::unique_ptr<Channel>> channels = make_local_channels();
  Prg server_random;
  Prg client_random;
  std::unique_ptr<Engine> server;
  std::unique_ptr<Engine> client;

  template <typename Server, typename Client>
  auto on_both(Server&& serve, Client&& ask) {
    return run_both_sides(*channels.first, *channels.second, std::forward<Server>(serve),
                          std::forward<Client>(ask));
  }
};

LocalPair::LocalPair(const Model& model, const Plan& plan, EngineOptions options)
    : state_(new State{model, make_local_channels(), {}, {}, {}, {}}) {
  State& s = *state_;
  s.on_both(
      [&] {
        s.server = std::make_unique<Engine>(Role::server, *s.channels.first, model.graph, plan, &model,
                                            s.server_random, options);
      },
      [&] {
        s.client = std::make_unique<Engine>(Role::client, *s.channels.second, model.graph, plan, nullptr,
                                            s.client_random, options);
        return 0;
      });
}

LocalPair::~LocalPair() = default;

Meter& LocalPair::meter() { return state_->channels.second->meter(); }

std::size_t LocalPair::prepare(std::size_t inferences) {
  State& s = *state_;
  return s.on_both([&] { s.server->prepare(inferences); }, [&] { return s.client->prepare(inferences); });
}

bool LocalPair::prepare_slice(std::size_t inferences) {
  State& s = *state_;
  return s.on_both([&] { s.server->prepare_slice(inferences); },
                   [&] { return s.client->prepare_slice(inferences); });
}

Prediction LocalPair::infer(const IntegerTensor& input) {
  State& s = *state_;
  return s.on_both([&] { s.server->infer(std::nullopt); }, [&] { return *s.client->infer(input); });
}

LocalPair::Verification LocalPair::verify(const IntegerTensor& input) {
  State& s = *state_;
  std::map<NodeId, RingTensor> server_shares;
  std::map<NodeId, RingTensor> client_shares;
  const auto collect = [](std::map<NodeId, RingTensor>& shares) {
    return [&shares](NodeId node, const RingTensor& share) { shares.insert_or_assign(node, share); };
  };
  s.server->observe_shares(collect(server_shares));
  s.client->observe_shares(collect(client_shares));
  Verification result;
  result.prediction = infer(input);
  s.server->observe_shares({});
  s.client->observe_shares({});

  run_plaintext(
      s.model, input,
      [&](NodeId node, const IntegerTensor& expected) {
        const auto share = server_shares.find(node);
        if (share == server_shares.end()) {
          ++result.nodes_fused;
          return;
        }
        ++result.nodes_compared;
        if (result.first_difference) return;
        const RingTensor opened = add(share->second, client_shares.at(node));
        for (std::size_t i = 0; i < expected.values.size(); ++i) {
          const std::int64_t secure =
              expected.type.is_signed ? opened.get_signed(i) : static_cast<std::int64_t>(opened.get(i));
          if (secure != expected.values[i]) {
            result.first_difference = Difference{node, i, secure, expected.values[i]};
            return;
          }
        }
      },
      0);
  return result;
}

}  // namespace privquant

// Both parties in one process, on two threads, over an in-process channel, with fixed seeds.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "net/local_transport.h"
#include "ot/cost.h"
#include "ot/party.h"

namespace privquant {

class TwoParties {
 public:
  explicit TwoParties(std::uint64_t seed = 1, OtExtension extension = OtExtension::iknp)
      : random_{Prg(Block{seed, 1}), Prg(Block{seed, 2})} {
    auto channels = make_local_channels();
    channels_[0] = std::move(channels.first);
    channels_[1] = std::move(channels.second);
    for (const auto& channel : channels_) channel->trace_sent();
    on_both([&](Role role) {
      const std::size_t at = index_of(role);
      correlations_[at] = std::make_unique<Correlations>(*channels_[at], role, random_[at], extension);
      return 0;
    });
  }

  /// Prepares exactly the cost's demand, runs `protocol` on both sides, and checks that nothing is left over
  /// and that the meters agree with the cost to the byte and the round. Returns {server's, client's} result.
  template <typename Protocol>
  auto run(const Cost& cost, Protocol&& protocol) {
    prepare(cost.demand);
    for (auto& channel : channels_) {
      channel->align_rounds();
      channel->meter().reset();
    }
    auto results = on_both([&](Role role) {
      Party party{role, channel(role), *correlations_[index_of(role)], random_[index_of(role)], cost.choices};
      auto result = protocol(party);
      channel(role).flush();
      return result;
    });
    for (const Role role : {Role::server, Role::client}) {
      const Traffic traffic = channel(role).meter().total();
      EXPECT_EQ(traffic.bytes_sent, cost.bytes_from(role)) << "bytes from role " << index_of(role);
      EXPECT_EQ(traffic.bytes_received, cost.bytes_from(other(role)));
      EXPECT_EQ(traffic.rounds, cost.rounds());
      EXPECT_TRUE(correlations_[index_of(role)]->stock().none()) << "correlations left over";
    }
    return results;
  }

  void prepare(const Demand& demand) {
    on_both([&](Role role) {
      correlations_[index_of(role)]->prepare(channel(role), demand);
      return 0;
    });
  }

  template <typename Body, typename Result = std::invoke_result_t<Body&, Role>>
  std::pair<Result, Result> on_both(Body&& body) {
    auto server = std::async(std::launch::async, [&] { return guarded(body, Role::server); });
    auto client = guarded(body, Role::client);
    return std::pair{server.get(), std::move(client)};
  }

  Channel& channel(Role role) { return *channels_[index_of(role)]; }
  Correlations& correlations(Role role) { return *correlations_[index_of(role)]; }
  Prg& random(Role role) { return random_[index_of(role)]; }

 private:
  // If one side throws, the other must not wait for it.
  template <typename Body, typename Result = std::invoke_result_t<Body&, Role>>
  Result guarded(Body& body, Role role) {
    try {
      return body(role);
    } catch (const std::exception& error) {
      channel(role).abort(error.what());
      throw;
    }
  }

  std::array<Prg, 2> random_;
  std::array<std::unique_ptr<Channel>, 2> channels_;
  std::array<std::unique_ptr<Correlations>, 2> correlations_;
};

}  // namespace privquant

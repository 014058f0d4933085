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
  /// `threads`: that prepare, the server's and the client's.
  explicit TwoParties(std::uint64_t seed = 1, OtExtension extension = OtExtension::iknp,
                      std::array<unsigned, 2> threads = {1, 1})
      : preparation_(extension), random_{Prg(Block{seed, 1}), Prg(Block{seed, 2})} {
    auto channels = make_local_channels();
    channels_[0] = std::move(channels.first);
    channels_[1] = std::move(channels.second);
    for (const auto& channel : channels_) channel->trace_sent();
    on_both([&](Role role) {
      const std::size_t at = index_of(role);
      correlations_[at] =
          std::make_unique<Correlations>(*channels_[at], role, random_[at], extension, threads[at]);
      return 0;
    });
  }

  /// Prepares exactly the cost's demand, runs `protocol` on both sides, and checks that nothing is left over
  /// and that the meters agree with the cost to the byte and the round. The cost's choices must name the store's
  /// extension. Returns {server's, client's} result.
  template <typename Protocol>
  auto run(const Cost& cost, Protocol&& protocol) {
    EXPECT_EQ(cost.choices.extension, preparation_.extension);
    prepare(cost.demand);
    reset_meters();
    auto results = on_both([&](Role role) {
      Party party{role, channel(role), *correlations_[index_of(role)], random_[index_of(role)], cost.choices};
      auto result = protocol(party);
      channel(role).flush();
      return result;
    });
    expect_metered(cost, "online");
    for (const auto& correlations : correlations_)
      EXPECT_TRUE(correlations->stock().none()) << "correlations left over";
    return results;
  }

  /// Checks that the meters agree with the cost of preparing this after all that was prepared before.
  void prepare(const Demand& demand) {
    Cost cost;
    cost_preparation(cost, demand, preparation_);
    reset_meters();
    on_both([&](Role role) {
      correlations_[index_of(role)]->prepare(channel(role), demand);
      return 0;
    });
    expect_metered(cost, "preparation");
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
  void reset_meters() {
    for (const auto& channel : channels_) {
      channel->align_rounds();
      channel->meter().reset();
    }
  }

  void expect_metered(const Cost& cost, const char* phase) {
    for (const Role role : {Role::server, Role::client}) {
      const Traffic traffic = channel(role).meter().total();
      EXPECT_EQ(traffic.bytes_sent, cost.bytes_from(role)) << phase << ", bytes from role " << index_of(role);
      EXPECT_EQ(traffic.bytes_received, cost.bytes_from(other(role))) << phase;
      EXPECT_EQ(traffic.rounds, cost.rounds()) << phase;
    }
  }

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

  PreparationState preparation_;
  std::array<Prg, 2> random_;
  std::array<std::unique_ptr<Channel>, 2> channels_;
  std::array<std::unique_ptr<Correlations>, 2> correlations_;
};

}  // namespace privquant

#include "cli/measure_preparation.h"

#include <array>
#include <chrono>
#include <optional>

#include "base/error.h"
#include "cli/child_process.h"
#include "mpc/masked_linear.h"
#include "net/listener.h"
#include "net/socket_transport.h"
#include "ot/party.h"

namespace privquant {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds patience{60};

/// What a session of its own prepares.
struct Case {
  OtExtension extension;
  Demand demand;
};

std::vector<Case> cases(std::size_t ots) {
  std::vector<Case> result;
  const auto of_ots = [&](OtExtension extension, int choice_bits, std::size_t count) {
    for (const Role sender : {Role::server, Role::client}) {
      Demand demand;
      demand.ots(sender, choice_bits) = count;
      result.push_back({extension, demand});
    }
  };
  const auto of_triples = [&](OtExtension extension) {
    result.push_back({extension, {.triples = ots / 2}});
    result.push_back({extension, {.triple_pairs = ots / 2}});
  };
  for (const OtExtension extension : ot_extensions) of_ots(extension, 1, ots);
  of_ots(OtExtension::iknp, 4, ots / 2);
  of_ots(OtExtension::iknp, max_choice_bits, ots / 2);
  of_triples(OtExtension::iknp);
  // What is made of random COTs is the same whatever made these.
  of_ots(OtExtension::softspoken4, 4, ots / 4);
  of_ots(OtExtension::softspoken4, max_choice_bits, ots / max_choice_bits);
  of_triples(OtExtension::softspoken4);
  return result;
}

/// Linear layers that differ in what lattices have most to do with: many short sums, few long ones, large pictures,
/// both parameter sets.
std::vector<LatticeLayer> lattice_layers() {
  const auto square = [](int in, int out, int side, int kernel, int groups) {
    ConvolutionShape shape;
    shape.in_channels = in;
    shape.out_channels = out;
    shape.in_height = shape.in_width = shape.out_height = shape.out_width = side;
    shape.kernel_height = shape.kernel_width = kernel;
    shape.pad_top = shape.pad_left = kernel / 2;
    shape.groups = groups;
    return shape;
  };
  const auto layer = [](const ConvolutionShape& shape, int ring, int weight_bits) {
    return LatticeLayer{.shape = shape, .ring = Width(ring), .weight_bits = weight_bits, .outputs_log2 = 21};
  };
  return {layer(square(32, 32, 16, 3, 1), 12, 4), layer(square(256, 64, 8, 1, 1), 20, 8),
          layer(square(64, 256, 8, 1, 1), 20, 8), layer(square(96, 96, 14, 3, 96), 16, 8),
          layer(square(16, 16, 32, 3, 1), 12, 4)};
}

LatticeKeyDemand keys_for(const LatticePlan& plan) {
  LatticeKeyDemand keys;
  keys.add(plan);
  return keys;
}

/// Seconds of each set-up and preparation. Each has a fresh store: one that is full already would be moved about.
/// Of OTs first, then of lattices.
std::vector<double> prepare_all(Channel& channel, Role role, std::size_t ots) {
  std::vector<double> seconds;
  const auto timed = [&](auto&& body) {
    channel.align_rounds();
    const auto begin = Clock::now();
    body();
    channel.align_rounds();
    seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
  };
  for (const Case& what : cases(ots)) {
    Prg random;
    std::optional<Correlations> correlations;
    timed([&] { correlations.emplace(channel, role, random, what.extension); });
    timed([&] { correlations->prepare(channel, what.demand); });
  }
  Prg random;
  Correlations correlations(channel, role, random, OtExtension::softspoken8);
  Party party{role, channel, correlations, random};
  for (const LatticeLayer& layer : lattice_layers()) {
    const LatticePlan plan = plan_lattice_layer(layer);
    const auto out_channels = static_cast<std::size_t>(layer.shape.out_channels);
    std::vector<std::int16_t> weights;
    if (party.is_server()) weights.assign(out_channels * layer.shape.fan_in(), 1);
    std::optional<LatticeKeys> keys;
    const std::array one{MaskedLayer{layer, plan, weights}};
    // Together: what the server does with the keys is seen by the client only when it waits for the answer.
    timed([&] {
      keys.emplace(party, keys_for(plan));
      prepare_masked_linears(party, *keys, one);
    });
  }
  return seconds;
}

void serve(const ChildProcess::Reporter& report, std::size_t ots) {
  const ServerTls tls = ServerTls::self_signed();
  const Endpoint any_port = parse_listen_endpoint("127.0.0.1:0");
  Listener listener(any_port);
  report({{"port", listener.port()}, {"fingerprint", tls.fingerprint()}});
  auto socket = listener.accept(patience);
  if (!socket) fail(ErrorCode::timeout, "the other process of the calibration did not connect");
  Channel channel(make_tls_transport(std::move(*socket), tls, patience));
  prepare_all(channel, Role::server, ots);
  channel.close();
}

void take(const ChildProcess::Reporter& report, const nlohmann::json& server, std::size_t ots) {
  const Endpoint endpoint{"127.0.0.1", server["port"].get<std::uint16_t>()};
  const ClientTls tls = ClientTls::pinned(server["fingerprint"].get<std::string>());
  Channel channel(connect(endpoint, tls, patience));
  report(prepare_all(channel, Role::client, ots));
  channel.close();
}

}  // namespace

std::vector<TimedWork> measure_preparation(std::size_t ots) {
  ChildProcess server([&](const ChildProcess::Reporter& report) { serve(report, ots); });
  const nlohmann::json address = server.receive();
  ChildProcess client([&](const ChildProcess::Reporter& report) { take(report, address, ots); });
  const auto seconds = client.receive().get<std::vector<double>>();
  client.wait();
  server.wait();
  std::vector<TimedWork> samples;
  const auto add = [&](const Work& work) {
    PQ_CHECK(samples.size() < seconds.size());
    samples.push_back({work, seconds[samples.size()]});
  };
  for (const auto& [extension, demand] : cases(ots)) {
    PreparationState state(extension);
    add(setup_work(extension));
    add(preparation_work(demand, state));
  }
  for (const LatticeLayer& layer : lattice_layers()) {
    const LatticePlan plan = plan_lattice_layer(layer);
    Work work = lattice_key_work(keys_for(plan));
    work += lattice_layer_work(layer, plan);
    add(work);
  }
  return samples;
}

}  // namespace privquant

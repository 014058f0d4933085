#include "mpc/masked_linear.h"

#include <algorithm>

#include "base/error.h"
#include "mpc/lattice_messages.h"
#include "mpc/local_convolution.h"
#include "ot/wire.h"
#include "ring/arithmetic.h"

namespace privquant {
namespace {

constexpr std::array lattice_sets{LatticeSet::small, LatticeSet::large};

std::size_t index_of_set(LatticeSet set) { return set == LatticeSet::small ? 0 : 1; }

void check_weights(const LatticeLayer& layer, std::span<const std::int16_t> weights) {
  const std::size_t fan_in = layer.shape.fan_in();
  PQ_CHECK(weights.size() == fan_in * static_cast<std::size_t>(layer.shape.out_channels));
  const std::int64_t half = std::int64_t{1} << (layer.weight_bits - 1);
  const double norm = noise_input_of(layer, 1).weight_norm;
  for (std::size_t first = 0; first < weights.size(); first += fan_in) {
    std::int64_t sum = 0;
    for (const std::int16_t weight : weights.subspan(first, fan_in)) {
      if (weight < -half || weight >= half)
        fail(ErrorCode::model, "a weight does not fit the {} bits that its layer states", layer.weight_bits);
      sum += std::abs(static_cast<int>(weight));
    }
    if (static_cast<double>(sum) > norm)
      fail(ErrorCode::model,
           "an output channel's weights are larger than its layer states; encryption would not hold");
  }
}

}  // namespace

LatticeKeys::LatticeKeys(Party& party, const LatticeKeyDemand& demand) {
  for (const LatticeSet set : lattice_sets) {
    const std::size_t most_packed = set == LatticeSet::small ? demand.small : demand.large;
    if (most_packed == 0) continue;
    const LatticeRing& ring = LatticeRing::of(set);
    if (party.is_server()) {
      WireBuffer message(keys_bytes(ring, most_packed));
      party.channel.receive(message);
      server_[index_of_set(set)].emplace(ring, most_packed, message);
    } else {
      ClientKey& key = client_[index_of_set(set)].emplace(ring, party.random);
      party.channel.send(key.publish(most_packed, party.random));
    }
  }
}

const ClientKey& LatticeKeys::client(LatticeSet set) const {
  PQ_CHECK(client_[index_of_set(set)].has_value());
  return *client_[index_of_set(set)];
}

const ServerKeys& LatticeKeys::server(LatticeSet set) const {
  PQ_CHECK(server_[index_of_set(set)].has_value());
  return *server_[index_of_set(set)];
}

std::vector<PreparedLinear> prepare_masked_linears(Party& party, const LatticeKeys& keys,
                                                   std::span<const MaskedLayer> layers, unsigned threads) {
  std::vector<PreparedLinear> prepared;
  if (party.is_server()) {
    for (const MaskedLayer& linear : layers) check_weights(linear.layer, linear.weights);
    for (const auto& [layer, plan, weights] : layers) {
      WireBuffer question(plan.question_bytes);
      party.channel.receive(question);
      LatticeAnswer answer = answer_question(keys.server(plan.set), layer, plan, tiles_of(layer, plan),
                                             weights, question, party.random, threads);
      party.channel.send(answer.message);
      prepared.push_back({RingTensor(layer.ring, 0), std::move(answer.share)});
    }
    return prepared;
  }
  for (const auto& [layer, plan, weights] : layers) {
    LatticeQuestion question =
        ask_question(keys.client(plan.set), layer, plan, tiles_of(layer, plan), party.random);
    party.channel.send(question.message);
    prepared.push_back({std::move(question.rho), RingTensor(layer.ring, 0)});
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto& [layer, plan, weights] = layers[i];
    WireBuffer answer(plan.answer_bytes);
    party.channel.receive(answer);
    prepared[i].share = open_answer(keys.client(plan.set), layer, plan, tiles_of(layer, plan), answer);
  }
  return prepared;
}

RingTensor masked_linear(Party& party, const LatticeLayer& layer, std::span<const std::int16_t> weights,
                         PreparedLinear prepared, const RingTensor& x) {
  PQ_CHECK(x.width() == layer.ring && x.size() == layer.shape.inputs());
  PQ_CHECK(prepared.share.size() == layer.shape.outputs());
  if (!party.is_server()) {
    PQ_CHECK(prepared.rho.size() == x.size());
    send_tensor(party.channel, subtract(x, prepared.rho));
    return std::move(prepared.share);
  }
  const RingTensor masked = receive_tensor(party.channel, layer.ring, x.size());
  RingTensor sum = convolve_locally(layer.shape, weights, add(x, masked));
  add_in_place(sum, prepared.share);
  return sum;
}

}  // namespace privquant

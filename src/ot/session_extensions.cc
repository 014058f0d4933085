#include "ot/session_extensions.h"

#include "base/parallel_for.h"
#include "ot/base_ot.h"
#include "ot/ferret.h"
#include "ot/packed_ot.h"
#include "ot/punctured_trees.h"
#include "ot/softspoken.h"

namespace privquant {
namespace {

SecretVector<std::uint8_t> random_bits(Prg& random, std::size_t count) {
  SecretVector<std::uint8_t> bits(count);
  random.fill(bits);
  for (std::uint8_t& bit : bits) bit &= 1U;
  return bits;
}

}  // namespace

SessionExtensions set_up_extensions(Channel& channel, Role role, Prg& random, OtExtension extension,
                                    unsigned threads) {
  threads = thread_count(threads);
  SessionExtensions result;
  // Flight 1: nonces and the senders' points. Flight 2: the receivers' points.
  const BaseOtSender base_sender(random);
  const Block own_nonce = random.block();
  channel.send({reinterpret_cast<const std::uint8_t*>(&own_nonce), sizeof own_nonce});
  base_sender.start(channel);
  Block peer_nonce;
  channel.receive({reinterpret_cast<std::uint8_t*>(&peer_nonce), sizeof peer_nonce});
  result.nonces =
      role == Role::server ? std::array{own_nonce, peer_nonce} : std::array{peer_nonce, own_nonce};

  const auto key = [&](const char* domain, Role sending) {
    return derive_key(domain, index_of(sending), {as_bytes(result.nonces)});
  };
  const bool by_columns = extension == OtExtension::iknp;
  const std::size_t base_ots = by_columns ? base_ots_per_direction : delta_bits;
  SecretVector<std::uint8_t> secret = random_bits(random, base_ots);
  const int depth = extension == OtExtension::ferret ? ferret_softspoken_depth : softspoken_depth(extension);
  if (!by_columns) secret[0] = 1;  // the form of Δ (random_cot.h)
  const auto choices = by_columns ? secret : punctured_tree_choices(depth, secret);
  const auto chosen = BaseOtReceiver(key("privquant session", role)).run(channel, random, choices);
  const auto pairs = base_sender.finish(channel, base_ots, key("privquant session", other(role)));

  if (by_columns) {
    for (int k = 1; k <= max_choice_bits; ++k) {
      result.senders[static_cast<std::size_t>(k - 1)] = make_code_sender(k, chosen, secret);
      result.receivers[static_cast<std::size_t>(k - 1)] = make_code_receiver(k, pairs);
    }
    return result;
  }
  // Flight 3: the trees, the dealer's first.
  result.cot_receiver = make_softspoken_receiver(channel, depth, pairs, threads);
  channel.flush();
  result.cot_sender = make_softspoken_sender(channel, depth, chosen, secret, threads);
  if (extension == OtExtension::ferret) {
    result.cot_sender =
        make_ferret_sender(std::move(result.cot_sender), key("privquant ferret", role), random, threads);
    result.cot_receiver =
        make_ferret_receiver(std::move(result.cot_receiver), key("privquant ferret", other(role)), threads);
  }
  for (int k = 1; k <= max_choice_bits; ++k) {
    result.senders[static_cast<std::size_t>(k - 1)] = make_packed_sender(k, *result.cot_sender, threads);
    result.receivers[static_cast<std::size_t>(k - 1)] =
        make_packed_receiver(k, *result.cot_receiver, threads);
  }
  return result;
}

}  // namespace privquant

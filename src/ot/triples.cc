#include "ot/triples.h"

#include "ot/lookup.h"

namespace privquant {
namespace {

constexpr unsigned bit(unsigned value, int index) { return (value >> index) & 1U; }

// Numbers are (a, b, a', b'); the result (a ∧ b, a' ∧ b') of the sums of both parties' numbers.
const LookupFunction& two_products() {
  static const LookupFunction function(4, 4, {2}, [](unsigned y, unsigned x) {
    const unsigned sum = x ^ y;
    return (bit(sum, 0) & bit(sum, 1)) | (bit(sum, 2) & bit(sum, 3)) << 1;
  });
  return function;
}

// Numbers are (a, b0, b1); the result (a ∧ b0, a ∧ b1).
const LookupFunction& products_of_one() {
  static const LookupFunction function(3, 3, {2}, [](unsigned y, unsigned x) {
    const unsigned sum = x ^ y;
    return (bit(sum, 0) & bit(sum, 1)) | (bit(sum, 0) & bit(sum, 2)) << 1;
  });
  return function;
}

struct Products {
  SecretVector<std::uint8_t> inputs;
  RingTensor share;
};

Products run(Party& party, const LookupFunction& function, std::size_t count) {
  if (!party.is_server()) {
    RandomLookup received = lookup_receive_random(party, function, count);
    return {std::move(received.choices), std::move(received.shares.bits)};
  }
  RingTensor numbers(Width(function.number_bits()), count);
  party.random.fill(numbers.raw());
  const auto mask = static_cast<std::uint8_t>(numbers.width().mask());
  for (std::uint8_t& number : numbers.words<std::uint8_t>()) number &= mask;
  RingTensor share = lookup_send_random(party, function, numbers).bits;
  const auto words = static_cast<const RingTensor&>(numbers).words<std::uint8_t>();
  return {{words.begin(), words.end()}, std::move(share)};
}

}  // namespace

std::vector<RingTensor> make_triples(Party& party, std::size_t count) {
  const Products products = run(party, two_products(), ceil_div(count, 2));
  const auto shares = products.share.words<std::uint8_t>();
  std::vector<RingTensor> triples(3, RingTensor(bit_width, count));
  for (std::size_t i = 0; i < count; ++i) {
    const int half = static_cast<int>(i % 2);
    triples[0].words<std::uint8_t>()[i] = static_cast<std::uint8_t>(bit(products.inputs[i / 2], 2 * half));
    triples[1].words<std::uint8_t>()[i] =
        static_cast<std::uint8_t>(bit(products.inputs[i / 2], 2 * half + 1));
    triples[2].words<std::uint8_t>()[i] = static_cast<std::uint8_t>(bit(shares[i / 2], half));
  }
  return triples;
}

std::vector<RingTensor> make_triple_pairs(Party& party, std::size_t count) {
  const Products products = run(party, products_of_one(), count);
  const auto shares = products.share.words<std::uint8_t>();
  std::vector<RingTensor> pairs(5, RingTensor(bit_width, count));
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned inputs = products.inputs[i];
    pairs[0].words<std::uint8_t>()[i] = static_cast<std::uint8_t>(bit(inputs, 0));
    pairs[1].words<std::uint8_t>()[i] = static_cast<std::uint8_t>(bit(inputs, 1));
    pairs[2].words<std::uint8_t>()[i] = static_cast<std::uint8_t>(bit(shares[i], 0));
    pairs[3].words<std::uint8_t>()[i] = static_cast<std::uint8_t>(bit(inputs, 2));
    pairs[4].words<std::uint8_t>()[i] = static_cast<std::uint8_t>(bit(shares[i], 1));
  }
  return pairs;
}

Demand triple_demand(std::size_t triples, std::size_t triple_pairs) {
  Demand demand;
  demand.ots(Role::server, 4) = ceil_div(triples, 2);
  demand.ots(Role::server, 3) = triple_pairs;
  return demand;
}

std::size_t triple_message_bytes(std::size_t triples, std::size_t triple_pairs) {
  return lookup_message_bytes(4, {2}, ceil_div(triples, 2)) + lookup_message_bytes(3, {2}, triple_pairs);
}

}  // namespace privquant

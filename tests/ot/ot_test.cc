#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "ot/base_ot.h"
#include "ot/bit_transpose.h"
#include "ot/chosen_ot.h"
#include "ot/code_extension.h"
#include "ot/cot.h"
#include "ot/lookup.h"
#include "ot/wire.h"
#include "ring/arithmetic.h"
#include "support/every_target.h"
#include "support/random_tensor.h"
#include "support/two_parties.h"

namespace privquant {
namespace {

std::vector<std::uint8_t> random_digits(int bits, std::size_t size, std::mt19937_64& random) {
  std::vector<std::uint8_t> digits(size);
  for (auto& digit : digits) digit = static_cast<std::uint8_t>(random() & ((1U << bits) - 1));
  return digits;
}

TEST(BitTranspose, EqualsItsDefinition) {
  on_every_target([] {
    std::mt19937_64 random(5);
    for (const std::size_t row_bytes : {64U, 128U, 1024U}) {
      std::vector<std::uint8_t> matrix(128 * row_bytes);
      for (auto& byte : matrix) byte = static_cast<std::uint8_t>(random());
      std::vector<Block> out(8 * row_bytes);
      transpose_128(matrix.data(), row_bytes, out.data());
      for (std::size_t i = 0; i < out.size(); ++i) {
        for (std::size_t j = 0; j < 128; ++j) {
          const unsigned expected = (matrix[j * row_bytes + i / 8] >> (i % 8)) & 1U;
          const std::uint64_t word = j < 64 ? out[i].low : out[i].high;
          ASSERT_EQ((word >> (j % 64)) & 1U, expected) << i << " " << j;
        }
      }
    }
  });
}

TEST(BaseOt, ReceiverGetsTheChosenSeedOnly) {
  auto [a, b] = make_local_channels();
  Prg sender_random(Block{1, 1});
  Prg receiver_random(Block{2, 2});
  const std::vector<std::uint8_t> choices{0, 1, 1, 0, 1};
  auto sending = std::async(std::launch::async, [&, &channel = *a] {
    const BaseOtSender sender(sender_random);
    sender.start(channel);
    return sender.finish(channel, choices.size(), Block{3, 3});
  });
  const auto chosen = BaseOtReceiver(Block{3, 3}).run(*b, receiver_random, choices);
  b->flush();
  const auto pairs = sending.get();
  for (std::size_t i = 0; i < choices.size(); ++i) {
    EXPECT_EQ(chosen[i], pairs[i][choices[i]]);
    EXPECT_FALSE(chosen[i] == pairs[i][1 - choices[i]]);
  }
}

TEST(BaseOt, RefusesAPointThatIsNone) {
  auto [a, b] = make_local_channels();
  const EncodedPoint junk = [] {
    EncodedPoint point;
    point.fill(0xFF);
    return point;
  }();
  a->send(junk);
  a->flush();
  Prg random(Block{1, 1});
  const std::vector<std::uint8_t> choices{1};
  try {
    BaseOtReceiver(Block{}).run(*b, random, choices);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::peer);
  }
}

class OtTest : public testing::Test {
 protected:
  static TwoParties& parties() {
    static TwoParties both;
    return both;
  }
  std::mt19937_64 random{42};
};

TEST_F(OtTest, SetUpCostsWhatItSays) {
  TwoParties fresh(9);
  Cost cost;
  cost_setup(cost);
  for (const Role role : {Role::server, Role::client}) {
    const Traffic traffic = fresh.channel(role).meter().total();
    EXPECT_EQ(traffic.bytes_sent, cost.bytes_from(role));
    EXPECT_EQ(traffic.rounds, cost.rounds());
  }
}

// Every row must satisfy q = t ⊕ offset(r), at sizes around the groups and chunks of the extension.
TEST_F(OtTest, ExtensionHoldsForEveryIndex) {
  for (int k = 1; k <= max_choice_bits; ++k) {
    Prg random_seed(Block{static_cast<std::uint64_t>(k), 0});
    std::vector<SeedPair> pairs(base_ots_per_direction);
    std::vector<Block> chosen(base_ots_per_direction);
    std::vector<std::uint8_t> secret(base_ots_per_direction);
    random_seed.fill(secret);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      secret[i] &= 1U;
      pairs[i] = {random_seed.block(), random_seed.block()};
      chosen[i] = pairs[i][secret[i]];
    }
    const auto sender = make_code_sender(k, chosen, secret);
    const auto receiver = make_code_receiver(k, pairs);
    EXPECT_EQ(sender->offsets_low()[0], Block{});
    for (const std::size_t count :
         {1U, 127U, 128U, 129U, 511U, 512U, 513U, 8191U, 8192U, 8193U, 20000U, 3U}) {
      auto [a, b] = make_local_channels();
      OtRows q;
      OtRows t;
      SecretVector<std::uint8_t> choices;
      auto sending =
          std::async(std::launch::async, [&, &channel = *a] { sender->extend(channel, count, q); });
      receiver->extend(*b, count, t, choices);
      sending.get();
      ASSERT_EQ(q.low.size(), count);
      ASSERT_EQ(choices.size(), count);
      EXPECT_EQ(b->meter().total().bytes_sent, OtCode{k}.wire_bytes(count));
      EXPECT_EQ(a->meter().total().bytes_sent, 0U);
      std::vector<std::size_t> histogram(std::size_t{1} << k);
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_LT(choices[i], 1U << k);
        ++histogram[choices[i]];
        const std::size_t low_offset = choices[i] % sender->offsets_low().size();
        ASSERT_EQ(q.low[i], t.low[i] ^ sender->offsets_low()[low_offset]) << k << " " << i;
        if (k > 1) {
          ASSERT_EQ(q.high[i], t.high[i] ^ sender->offsets_high()[choices[i]]) << k << " " << i;
        }
      }
      if (count >= 8192) {
        const double expected = static_cast<double>(count) / static_cast<double>(histogram.size());
        for (const std::size_t seen : histogram)
          EXPECT_NEAR(static_cast<double>(seen), expected, 6 * std::sqrt(expected));
      }
    }
  }
}

// The distance of the code is what the receiver's privacy of every other message rests on.
TEST_F(OtTest, EveryOffsetDependsOn128SecretBits) {
  for (int k = 1; k <= max_choice_bits; ++k) {
    const std::vector<Block> seeds(base_ots_per_direction);
    const std::vector<std::uint8_t> ones(base_ots_per_direction, 1);
    const auto sender = make_code_sender(k, seeds, ones);
    for (std::size_t v = 1; v < (std::size_t{1} << k); ++v) {
      const Block low = sender->offsets_low()[v % sender->offsets_low().size()];
      const Block high = k > 1 ? sender->offsets_high()[v] : Block{};
      EXPECT_EQ(std::popcount(low.low) + std::popcount(low.high) + std::popcount(high.low) +
                    std::popcount(high.high),
                128)
          << k << " " << v;
    }
  }
}

TEST_F(OtTest, PreparationCostsWhatItSays) {
  Demand demand;
  demand.ots(Role::server, 1) = 1000;
  demand.ots(Role::client, 1) = 129;
  demand.ots(Role::server, 4) = 77;
  demand.ots(Role::client, 3) = 5;
  demand.triples = 1001;
  demand.triple_pairs = 333;
  Cost cost;
  cost_preparation(cost, demand);
  TwoParties both(3);
  for (const Role role : {Role::server, Role::client}) both.channel(role).meter().reset();
  both.on_both([&](Role role) {
    both.correlations(role).prepare(both.channel(role), demand);
    return 0;
  });
  // The last flight goes from the server; the client has read all of it.
  for (const Role role : {Role::server, Role::client}) {
    const Traffic traffic = both.channel(role).meter().total();
    EXPECT_EQ(traffic.bytes_sent, cost.bytes_from(role));
    EXPECT_EQ(traffic.rounds, cost.rounds());
    EXPECT_EQ(both.correlations(role).stock(), demand);
  }
}

TEST_F(OtTest, DrawingMoreThanWasPreparedIsRefused) {
  TwoParties both(4);
  Demand demand;
  demand.ots(Role::server, 1) = 10;
  demand.triples = 10;
  both.prepare(demand);
  EXPECT_NO_THROW(static_cast<void>(both.correlations(Role::server).draw_seeds_sender(6)));
  EXPECT_THROW(static_cast<void>(both.correlations(Role::server).draw_seeds_sender(5)), Error);
  EXPECT_THROW(static_cast<void>(both.correlations(Role::server).draw_seeds_receiver(1)), Error);
  EXPECT_THROW(static_cast<void>(both.correlations(Role::server).draw_triples(11)), Error);
}

TEST_F(OtTest, ClaimedOtsAreDrawnOnceForWhatClaimedThem) {
  for (const int k : {1, 3}) {
    TwoParties both(6);
    Demand demand;
    demand.ots(Role::server, k) = 200;
    both.prepare(demand);
    Correlations& server = both.correlations(Role::server);
    Correlations& client = both.correlations(Role::client);
    server.claim_sender(k, 50, 30);
    const auto choices = client.claim_receiver(k, 50, 30);
    // Once, in order, and of what is there.
    EXPECT_THROW(static_cast<void>(client.claim_receiver(k, 79, 5)), Error);
    EXPECT_THROW(static_cast<void>(client.claim_receiver(k, 10, 5)), Error);
    EXPECT_THROW(server.claim_sender(k, 150, 51), Error);
    server.claim_sender(k, 100, 20);
    static_cast<void>(client.claim_receiver(k, 100, 20));
    static_cast<void>(server.draw_pads_sender(k, 50));
    static_cast<void>(client.draw_pads_receiver(k, 50));
    // In the parts that the sender's buffer has.
    for (const std::size_t count : {10, 20}) {
      static_cast<void>(server.draw_pads_sender(k, count, OtUse::claimed));
      const PadsReceiver drawn = client.draw_pads_receiver(k, count, OtUse::claimed);
      for (std::size_t i = 0; i < count; ++i)
        EXPECT_EQ(drawn.choices[i], choices[(count == 10 ? 0 : 10) + i]);
    }
    // Neither beyond what is claimed nor into it.
    both.prepare(demand);
    EXPECT_THROW(static_cast<void>(server.draw_pads_sender(k, 21)), Error);
    EXPECT_THROW(static_cast<void>(client.draw_pads_receiver(k, 20, OtUse::claimed)), Error);
  }
}

TEST_F(OtTest, NoDrawRepeatsAPad) {
  TwoParties both(5);
  Demand demand;
  demand.ots(Role::server, 1) = 300;
  std::vector<Block> seen;
  for (int round = 0; round < 3; ++round) {
    both.prepare(demand);
    for (int draw = 0; draw < 3; ++draw) {
      const auto sender = both.correlations(Role::server).draw_seeds_sender(100);
      const auto receiver = both.correlations(Role::client).draw_seeds_receiver(100);
      for (std::size_t i = 0; i < 100; ++i) {
        EXPECT_EQ(receiver.chosen[i], receiver.choices[i] != 0 ? sender.one[i] : sender.zero[i]);
        seen.push_back(sender.zero[i]);
        seen.push_back(sender.one[i]);
      }
    }
  }
  const auto before = [](const Block& a, const Block& b) {
    return std::pair(a.low, a.high) < std::pair(b.low, b.high);
  };
  std::sort(seen.begin(), seen.end(), before);
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
}

template <typename... Drawn>
constexpr bool move_only = ((std::is_move_constructible_v<Drawn> && !std::is_copy_constructible_v<Drawn> &&
                             !std::is_copy_assignable_v<Drawn>)&&...);
static_assert(
    move_only<SeedPadsSender, SeedPadsReceiver, PadsSender, PadsReceiver, BitTriples, BitTriplePairs>,
    "a second draw of the same correlations cannot be written, nor a copy of them made by chance");

TEST_F(OtTest, TriplesMultiply) {
  for (const std::size_t count : {1U, 2U, 7U, 5000U}) {
    Cost cost;
    cost.demand.triples = count;
    const auto [s, c] =
        parties().run(cost, [&](Party& party) { return party.correlations.draw_triples(count); });
    std::size_t ones = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto a = s.a.get(i) ^ c.a.get(i);
      const auto b = s.b.get(i) ^ c.b.get(i);
      ASSERT_EQ(s.c.get(i) ^ c.c.get(i), a & b);
      ones += a;
    }
    if (count >= 5000) {
      EXPECT_NEAR(static_cast<double>(ones), 2500, 300);
    }
    Cost pair_cost;
    pair_cost.demand.triple_pairs = count;
    const auto [ps, pc] =
        parties().run(pair_cost, [&](Party& party) { return party.correlations.draw_triple_pairs(count); });
    for (std::size_t i = 0; i < count; ++i) {
      const auto a = ps.a.get(i) ^ pc.a.get(i);
      ASSERT_EQ(ps.c0.get(i) ^ pc.c0.get(i), a & (ps.b0.get(i) ^ pc.b0.get(i)));
      ASSERT_EQ(ps.c1.get(i) ^ pc.c1.get(i), a & (ps.b1.get(i) ^ pc.b1.get(i)));
    }
  }
}

TEST_F(OtTest, TriplesOfSeveralSlicesMultiply) {
  constexpr std::size_t count = (std::size_t{1} << 20) + 3;
  Cost cost;
  cost.demand.triples = count;
  const auto [s, c] =
      parties().run(cost, [&](Party& party) { return party.correlations.draw_triples(count); });
  for (std::size_t i = 0; i < count; ++i) {
    const auto a = s.a.get(i) ^ c.a.get(i);
    ASSERT_EQ(s.c.get(i) ^ c.c.get(i), a & (s.b.get(i) ^ c.b.get(i))) << i;
  }
}

TEST_F(OtTest, CotMultipliesABitAndANumber) {
  for (const bool joint : {false, true}) {
    for (const Role sender : {Role::server, Role::client}) {
      for (int bits : {1, 2, 3, 5, 6, 7, 8, 9, 15, 16, 17, 33, 64}) {
        for (const std::size_t count : {1U, 2U, 3U, 9U, 5000U, 8191U}) {
          const Width width(bits);
          const RingTensor numbers = random_tensor(width, count, random);
          const RingTensor choices = random_tensor(bit_width, count, random);
          Cost cost;
          cost.choices.joint_products = joint;
          const CotCost cot = cot_cost(cost.choices, width, count);
          EXPECT_EQ(cot.choice_bits, !joint || bits >= 16 ? 1 : bits >= 6 ? 2 : bits >= 2 ? 3 : 4);
          cost.demand.ots(sender, cot.choice_bits) = cot.ots;
          cost.message(other(sender), cot.choice_bytes);
          cost.message(sender, cot.message_bytes);
          const auto [s, c] = parties().run(cost, [&](Party& party) {
            if (party.role == sender) return cot_send(party, numbers);
            CotReceiver receiver(party, choices, width);
            return receiver.finish(party);
          });
          const RingTensor product = add(s, c);
          for (std::size_t i = 0; i < count; ++i)
            ASSERT_EQ(product.get(i), choices.get(i) != 0 ? numbers.get(i) : 0U) << bits << " " << i;
        }
      }
    }
  }
}

// With small numbers every combination of bits and numbers of a group occurs.
TEST_F(OtTest, JointCotIsRightForEveryGroup) {
  for (int together = 2; together <= 4; ++together) {
    const Width width(2);
    const std::size_t combinations = std::size_t{1} << (3 * together);
    RingTensor numbers(width, combinations * static_cast<std::size_t>(together));
    RingTensor bits(bit_width, numbers.size());
    for (std::size_t g = 0; g < combinations; ++g) {
      for (std::size_t j = 0; j < static_cast<std::size_t>(together); ++j) {
        numbers.set(j * combinations + g, g >> (3 * j));
        bits.set(j * combinations + g, g >> (3 * j + 2));
      }
    }
    Cost cost;
    cost.demand.ots(Role::client, together) = combinations;
    cost.message(Role::server, Width(together).packed_bytes(combinations));
    cost.message(Role::client, width.packed_bytes(((std::size_t{1} << together) - 1) * numbers.size()));
    const auto [s, c] = parties().run(cost, [&](Party& party) {
      if (party.role == Role::client) return joint_cot_send(party, numbers, together);
      JointCotReceiver receiver(party, bits, width, together);
      return receiver.finish(party);
    });
    const RingTensor product = add(s, c);
    for (std::size_t i = 0; i < product.size(); ++i)
      ASSERT_EQ(product.get(i), bits.get(i) != 0 ? numbers.get(i) : 0U) << together << " " << i;
  }
}

TEST_F(OtTest, LookupSharesTheFunctionOfBothNumbers) {
  const std::vector<LookupFunction::Outputs> outputs{
      {1}, {2}, {8}, {0, Width(1)}, {0, Width(12)}, {1, Width(4)}, {2, Width(31)}, {0, Width(64)}};
  for (const Role sender : {Role::server, Role::client}) {
    for (int k = 1; k <= max_choice_bits; ++k) {
      for (const auto& output : outputs) {
        const int number_bits = k % 2 == 0 ? k : 10;
        const LookupFunction function(number_bits, k, output, [&](unsigned, unsigned) {
          return random() & (output.number ? 0xFFU : (1U << output.boolean_bits) - 1);
        });
        const std::size_t count = 1 + 2500 / static_cast<std::size_t>(k);
        const RingTensor y = random_tensor(Width(number_bits), count, random);
        const RingTensor x = random_tensor(Width(k), count, random);
        Cost cost;
        cost.demand.ots(sender, k) = count;
        cost.message(other(sender), lookup_choice_bytes(k, count));
        cost.message(sender, lookup_message_bytes(k, output, count));
        const auto [s, c] = parties().run(cost, [&](Party& party) {
          if (party.role == sender) return lookup_send(party, function, y);
          LookupReceiver receiver(party, function, x);
          return receiver.finish(party);
        });
        for (std::size_t i = 0; i < count; ++i) {
          const std::uint64_t entry = function.entries()[(y.get(i) << k) + x.get(i)];
          if (output.boolean_bits > 0) {
            ASSERT_EQ(s.bits.get(i) ^ c.bits.get(i), entry & Width(output.boolean_bits).mask());
          }
          if (output.number) {
            ASSERT_EQ((s.numbers.get(i) + c.numbers.get(i)) & output.number->mask(),
                      (entry >> output.boolean_bits) & output.number->mask());
          }
        }
      }
    }
  }
}

TEST_F(OtTest, ChosenOtGivesTheChosenMessage) {
  for (int k = 1; k <= max_choice_bits; ++k) {
    const Width width(40);
    const std::size_t count = 333;
    std::vector<RingTensor> messages;
    for (int v = 0; v < (1 << k); ++v) messages.push_back(random_tensor(width, count, random));
    const auto choices = random_digits(k, count, random);
    Cost cost;
    cost_chosen_ot(cost, Role::server, k, width, count);
    const auto results = parties().run(cost, [&](Party& party) {
      if (!party.is_server()) return chosen_ot_receive(party, k, width, choices);
      chosen_ot_send(party, messages);
      return RingTensor(width, 0);
    });
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(results.second.get(i), messages[choices[i]].get(i));
  }
}

}  // namespace
}  // namespace privquant

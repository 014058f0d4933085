// The store with every extension: relations, price, single use, and what is on the wire.
#include <gtest/gtest.h>

#include "base/error.h"
#include "ot/lookup.h"
#include "ot/packed_ot.h"
#include "support/pinned_file.h"
#include "support/two_parties.h"

namespace privquant {
namespace {

TEST(OtExtensionNames, AreReadBack) {
  for (const OtExtension extension : ot_extensions)
    EXPECT_EQ(ot_extension_named(name_of(extension)), extension);
  try {
    ot_extension_named("softspoken3");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
  }
}

TEST(BinaryField, TimesXReduces) {
  EXPECT_EQ(times_x(Block{1, 0}), (Block{2, 0}));
  EXPECT_EQ(times_x(Block{std::uint64_t{1} << 63, 0}), (Block{0, 1}));
  EXPECT_EQ(times_x(Block{0, std::uint64_t{1} << 63}), (Block{0x87, 0}));
}

Demand some_of_everything() {
  Demand demand;
  for (int k = 1; k <= max_choice_bits; ++k) {
    demand.ots(Role::server, k) = 100 + static_cast<std::size_t>(k);
    demand.ots(Role::client, k) = static_cast<std::size_t>(300 - k);
  }
  demand.triples = 1001;
  demand.triple_pairs = 333;
  return demand;
}

class EveryExtension : public testing::TestWithParam<OtExtension> {};

TEST_P(EveryExtension, SetUpCostsWhatItSays) {
  TwoParties fresh(9, GetParam());
  Cost cost;
  cost_setup(cost, GetParam());
  for (const Role role : {Role::server, Role::client}) {
    const Traffic traffic = fresh.channel(role).meter().total();
    EXPECT_EQ(traffic.bytes_sent, cost.bytes_from(role));
    EXPECT_EQ(traffic.rounds, cost.rounds());
  }
}

TEST_P(EveryExtension, SetUpRefusesPointsThatAreNone) {
  auto [a, b] = make_local_channels();
  b->send(std::vector<std::uint8_t>(100'000, 0xFF));
  b->flush();
  Prg random(Block{1, 1});
  try {
    const Correlations correlations(*a, Role::server, random, GetParam());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::peer);
  }
}

// Nothing that a peer sends in place of corrections does more than spoil what both compute.
TEST_P(EveryExtension, PreparationTakesWhateverComes) {
  for (const Role spoilt : {Role::server, Role::client}) {
    TwoParties both(5, GetParam());
    const Demand demand = some_of_everything();
    Prg random(Block{2, 2});
    std::vector<std::uint8_t> junk(2'000'000);
    random.fill(junk);
    both.channel(other(spoilt)).send(junk);
    both.channel(other(spoilt)).flush();
    EXPECT_NO_THROW(both.correlations(spoilt).prepare(both.channel(spoilt), demand));
    EXPECT_EQ(both.correlations(spoilt).stock(), demand);
  }
}

TEST_P(EveryExtension, PreparationSaysThatThePeerClosed) {
  for (const Role left : {Role::server, Role::client}) {
    TwoParties both(5, GetParam());
    both.channel(other(left)).send(std::vector<std::uint8_t>(77));
    both.channel(other(left)).close();
    EXPECT_THROW(both.correlations(left).prepare(both.channel(left), some_of_everything()), Error);
  }
}

TEST_P(EveryExtension, PreparationsCostWhatTheySay) {
  TwoParties both(3, GetParam());
  PreparationState state(GetParam());
  Demand one_way;
  one_way.ots(Role::client, 1) = 130'000;
  Demand large = some_of_everything();
  large.ots(Role::server, 4) = 60'000;
  large.triples = 70'001;
  Demand stock;
  for (const Demand& demand : {some_of_everything(), one_way, large, Demand{}, some_of_everything()}) {
    for (const Role role : {Role::server, Role::client}) {
      both.channel(role).align_rounds();
      both.channel(role).meter().reset();
    }
    both.prepare(demand);
    stock += demand;
    Cost cost;
    cost_preparation(cost, demand, state);
    for (const Role role : {Role::server, Role::client}) {
      const Traffic traffic = both.channel(role).meter().total();
      EXPECT_EQ(traffic.bytes_sent, cost.bytes_from(role));
      EXPECT_EQ(traffic.rounds, cost.rounds());
      EXPECT_EQ(both.correlations(role).stock(), stock);
    }
  }
}

TEST_P(EveryExtension, EveryKindHoldsItsRelation) {
  TwoParties both(4, GetParam());
  const Demand demand = some_of_everything();
  std::vector<std::uint64_t> seen;
  for (int round = 0; round < 3; ++round) {
    both.prepare(demand);
    for (const Role sender : {Role::server, Role::client}) {
      Correlations& own = both.correlations(sender);
      Correlations& peer = both.correlations(other(sender));
      const std::size_t seeds = demand.ots(sender, 1) / 2;
      const SeedPadsSender sent = own.draw_seeds_sender(seeds);
      const SeedPadsReceiver received = peer.draw_seeds_receiver(seeds);
      for (std::size_t i = 0; i < seeds; ++i) {
        ASSERT_EQ(received.chosen[i], received.choices[i] != 0 ? sent.one[i] : sent.zero[i]);
        seen.push_back(sent.zero[i].low);
        seen.push_back(sent.one[i].low);
      }
      for (int k = 1; k <= max_choice_bits; ++k) {
        const std::size_t count = demand.ots(sender, k) - (k == 1 ? seeds : 0);
        const PadsSender pads = own.draw_pads_sender(k, count);
        const PadsReceiver chosen = peer.draw_pads_receiver(k, count);
        for (std::size_t i = 0; i < count; ++i) {
          ASSERT_LT(chosen.choices[i], 1U << k);
          ASSERT_EQ(chosen.chosen[i], pads.pads[chosen.choices[i] * count + i]) << k << " " << i;
        }
        seen.insert(seen.end(), pads.pads.begin(), pads.pads.end());
      }
    }
    const auto draw = [&](Role role) { return both.correlations(role).draw_triples(demand.triples); };
    const BitTriples s = draw(Role::server);
    const BitTriples c = draw(Role::client);
    std::size_t ones = 0;
    for (std::size_t i = 0; i < demand.triples; ++i) {
      const auto a = s.a.get(i) ^ c.a.get(i);
      const auto b = s.b.get(i) ^ c.b.get(i);
      ASSERT_EQ(s.c.get(i) ^ c.c.get(i), a & b);
      ones += s.a.get(i) + c.a.get(i) + s.b.get(i) + c.b.get(i) + s.c.get(i) + c.c.get(i);
    }
    EXPECT_NEAR(static_cast<double>(ones), 3.0 * static_cast<double>(demand.triples), 200);
    const auto draw_pairs = [&](Role role) {
      return both.correlations(role).draw_triple_pairs(demand.triple_pairs);
    };
    const BitTriplePairs ps = draw_pairs(Role::server);
    const BitTriplePairs pc = draw_pairs(Role::client);
    for (std::size_t i = 0; i < demand.triple_pairs; ++i) {
      const auto a = ps.a.get(i) ^ pc.a.get(i);
      ASSERT_EQ(ps.c0.get(i) ^ pc.c0.get(i), a & (ps.b0.get(i) ^ pc.b0.get(i)));
      ASSERT_EQ(ps.c1.get(i) ^ pc.c1.get(i), a & (ps.b1.get(i) ^ pc.b1.get(i)));
    }
    for (const Role role : {Role::server, Role::client}) EXPECT_TRUE(both.correlations(role).stock().none());
  }
  // No pad twice: 64-bit pads of random OTs collide with probability 2^-30 here.
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
}

// Threads are each side's own affair: what is made and sent does not show them.
TEST_P(EveryExtension, ThreadsChangeNeitherStoreNorWire) {
  Demand demand = some_of_everything();
  demand.ots(Role::server, 4) = 70'001;
  demand.ots(Role::client, 1) = 90'000;
  demand.triples = 60'000;
  demand.triple_pairs = 40'003;
  const auto made_by = [&](std::array<unsigned, 2> threads) {
    TwoParties both(7, GetParam(), threads);
    std::vector<std::string> digests;
    std::vector<std::uint64_t> drawn;
    for (int round = 0; round < 2; ++round) both.prepare(demand);
    for (const Role role : {Role::server, Role::client}) {
      digests.push_back(both.channel(role).sent_digest());
      Correlations& own = both.correlations(role);
      const auto keep = [&](const auto& values) { drawn.insert(drawn.end(), values.begin(), values.end()); };
      for (int k = 1; k <= max_choice_bits; ++k) {
        keep(own.draw_pads_sender(k, 2 * demand.ots(role, k)).pads);
        const PadsReceiver received = own.draw_pads_receiver(k, 2 * demand.ots(other(role), k));
        keep(received.chosen);
        keep(received.choices);
      }
      const BitTriples triples = own.draw_triples(2 * demand.triples);
      for (const RingTensor* bits : {&triples.a, &triples.b, &triples.c}) keep(bits->words<std::uint8_t>());
      const BitTriplePairs pairs = own.draw_triple_pairs(2 * demand.triple_pairs);
      for (const RingTensor* bits : {&pairs.a, &pairs.b0, &pairs.c0, &pairs.b1, &pairs.c1})
        keep(bits->words<std::uint8_t>());
    }
    return std::pair(digests, drawn);
  };
  const auto one = made_by({1, 1});
  const auto several = made_by({3, 2});
  EXPECT_EQ(several.first, one.first);
  EXPECT_TRUE(several.second == one.second);
}

TEST_P(EveryExtension, ServesLookups) {
  TwoParties both(6, GetParam());
  const LookupFunction function(4, 4, {2}, [](unsigned y, unsigned x) { return (x * y + 3) & 3U; });
  const std::size_t count = 777;
  RingTensor y(Width(4), count);
  RingTensor x(Width(4), count);
  for (std::size_t i = 0; i < count; ++i) {
    y.set(i, i % 16);
    x.set(i, i / 16 % 16);
  }
  Cost cost;
  cost.choices.extension = GetParam();
  cost.demand.ots(Role::server, 4) = count;
  cost.message(Role::client, lookup_choice_bytes(4, count));
  cost.message(Role::server, lookup_message_bytes(4, {2}, count));
  const auto [s, c] = both.run(cost, [&](Party& party) {
    if (party.is_server()) return lookup_send(party, function, y);
    LookupReceiver receiver(party, function, x);
    return receiver.finish(party);
  });
  for (std::size_t i = 0; i < count; ++i)
    ASSERT_EQ(s.bits.get(i) ^ c.bits.get(i), (x.get(i) * y.get(i) + 3) & 3U);
}

INSTANTIATE_TEST_SUITE_P(Ot, EveryExtension, testing::ValuesIn(ot_extensions),
                         [](const auto& test) { return std::string(name_of(test.param)); });

TEST(ExtensionWireTrace, IsPinned) {
  std::string now;
  for (const OtExtension extension : ot_extensions) {
    TwoParties both(1, extension);
    Demand demand = some_of_everything();
    both.prepare(demand);
    demand.ots(Role::client, 1) = 90'000;
    demand.ots(Role::server, 4) = 30'000;
    both.prepare(demand);
    for (const Role role : {Role::server, Role::client}) {
      now += std::string(name_of(extension)) + (role == Role::server ? " server " : " client ") +
             both.channel(role).sent_digest() + "\n";
    }
  }
  expect_pinned("ot/wire_trace.txt", now);
}

}  // namespace
}  // namespace privquant

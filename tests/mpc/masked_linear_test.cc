// Linear layers prepared by lattices against the definition, at exactly the stated bytes and rounds.
#include "mpc/masked_linear.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "convolution_cases.h"
#include "lattice/packing.h"
#include "mpc/direct_products.h"
#include "mpc/lattice_messages.h"
#include "mpc/local_convolution.h"
#include "support/every_target.h"

namespace privquant {
namespace {

class MaskedLinear : public ConvolutionTest {
 protected:
  static LatticeLayer layer_of(const ConvolutionShape& shape, int weight_bits, int ring) {
    return {.shape = shape, .ring = Width(ring), .weight_bits = weight_bits, .outputs_log2 = 19};
  }

  std::vector<std::int16_t> weights_of(const LatticeLayer& layer) {
    return draw_weights({.shape = layer.shape, .weight_bits = layer.weight_bits});
  }

  void check(const LatticeLayer& layer, const std::vector<std::int16_t>& weights,
             std::size_t most_packed = 64, unsigned threads = 1) {
    const LatticePlan plan = plan_lattice_layer(layer, most_packed);
    const std::int64_t half = std::int64_t{1} << (layer.ring.bits() - 1);
    const auto values = random_values(layer.shape.inputs(), -half, half - 1, random);
    const Sharing x = share_values(layer.ring, values, random());
    LatticeKeyDemand demand;
    demand.add(plan);
    Cost cost;
    cost_lattice_keys(cost, demand);
    cost_prepare_masked_linears(cost, plan.question_bytes, plan.answer_bytes);
    cost_masked_linear(cost, layer, plan);
    EXPECT_EQ(cost.rounds(), 3U);
    const RingTensor result = opened(parties().run(cost, [&](Party& party) {
      const auto own = party.is_server() ? weights : std::vector<std::int16_t>{};
      const LatticeKeys keys(party, demand);
      const std::array one{MaskedLayer{layer, plan, own}};
      PreparedLinear prepared = std::move(prepare_masked_linears(party, keys, one, threads)[0]);
      return masked_linear(party, layer, own, std::move(prepared), x.of(party));
    }));
    std::vector<std::int64_t> signed_values;
    for (std::size_t i = 0; i < x.size(); ++i) signed_values.push_back(x.signed_value(i));
    const auto expected = direct_convolution(layer.shape, weights, signed_values);
    ASSERT_EQ(result.size(), expected.size());
    ASSERT_EQ(result.width(), layer.ring);
    for (std::size_t i = 0; i < expected.size(); ++i)
      ASSERT_EQ(result.get(i), static_cast<std::uint64_t>(expected[i]) & layer.ring.mask()) << "output " << i;
  }
  void check(const LatticeLayer& layer, std::size_t most_packed = 64) {
    check(layer, weights_of(layer), most_packed);
  }

  // Transforms and sums of terms give the same answer to the same question, byte by byte.
  void check_products(const LatticeLayer& layer, std::size_t most_packed = 64) {
    const LatticePlan plan = plan_lattice_layer(layer, most_packed);
    const LatticeTiles tiles = tiles_of(layer, plan);
    const LatticeRing& ring = LatticeRing::of(plan.set);
    Prg prg(Block{6, 7});
    const ClientKey client(ring, prg);
    const ServerKeys server(ring, plan.packing, client.publish(plan.packing, prg));
    const auto weights = weights_of(layer);
    const LatticeQuestion question = ask_question(client, layer, plan, tiles, prg);
    const auto answer = [&](ProductsBy way, unsigned threads) {
      Prg own(Block{8, 9});
      return answer_question(server, layer, plan, tiles, weights, question.message, own, threads, way);
    };
    const LatticeAnswer expected = answer(ProductsBy::transforms, 1);
    for (const auto& [way, threads] : {std::pair(ProductsBy::terms, 1U), std::pair(ProductsBy::terms, 3U),
                                       std::pair(ProductsBy::either, 2U)}) {
      const LatticeAnswer other = answer(way, threads);
      ASSERT_EQ(other.message, expected.message);
      ASSERT_TRUE(std::ranges::equal(other.share.raw(), expected.share.raw()));
    }
  }
};

TEST_F(MaskedLinear, LocalConvolutionEqualsTheDefinition) {
  on_every_target([&] {
    for (const ConvolutionShape& shape : convolution_geometries()) {
      for (const int ring : {5, 13, 24, 40}) {
        const LatticeLayer layer = layer_of(shape, 6, ring);
        const auto weights = weights_of(layer);
        const auto values = random_values(shape.inputs(), -100, 100, random);
        const RingTensor result =
            convolve_locally(shape, weights, RingTensor::from_signed(Width(ring), values));
        const auto expected = direct_convolution(shape, weights, values);
        for (std::size_t i = 0; i < expected.size(); ++i)
          ASSERT_EQ(result.get(i), static_cast<std::uint64_t>(expected[i]) & Width(ring).mask());
      }
    }
  });
}

TEST_F(MaskedLinear, EveryGeometry) {
  for (const ConvolutionShape& shape : convolution_geometries()) {
    SCOPED_TRACE(testing::Message() << shape.in_channels << "x" << shape.in_height << "x" << shape.in_width);
    check(layer_of(shape, 4, 14));
    check(layer_of(shape, 8, 21), 1);
    check_products(layer_of(shape, 4, 14));
    check_products(layer_of(shape, 8, 21), 1);
  }
}

TEST_F(MaskedLinear, EveryWidth) {
  const ConvolutionShape shape{3, 6, 6, 4, 6, 6, 1, 3, 3, 1, 1, 1, 1, 1, 1};
  for (int ring = 1; ring <= 40; ++ring) {
    SCOPED_TRACE(ring);
    check(layer_of(shape, ring % 8 + 1, ring), 4);
  }
  EXPECT_THROW(plan_lattice_layer(layer_of(shape, 4, 41)), Error);
}

// 1×1 pictures, no padding; more channels than a polynomial takes, and more outputs than are packed.
TEST_F(MaskedLinear, FullyConnected) {
  check(layer_of({130, 1, 1, 10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 8, 23));
  check(layer_of({7, 1, 1, 150, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 5, 20));
  check_products(layer_of({130, 1, 1, 10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 8, 23));
}

// Pictures larger than a polynomial: blocks share pixels in their halos.
TEST_F(MaskedLinear, BlocksWithHalo) {
  const LatticeLayer layer = layer_of({2, 90, 70, 3, 90, 70, 1, 3, 3, 1, 1, 1, 1, 1, 1}, 3, 12);
  const LatticePlan plan = plan_lattice_layer(layer);
  const LatticeTiles tiles = tiles_of(layer, plan);
  EXPECT_GT(tiles.blocks().size(), 1U);
  std::size_t shared = 0;
  for (const auto& block : tiles.blocks()) {
    for (const auto& cell : block.cells.front()) shared += cell.pixel >= 0 && !cell.fresh;
  }
  EXPECT_GT(shared, 0U);
  check(layer);
  check_products(layer);
  check(layer_of({1, 97, 61, 2, 49, 31, 1, 3, 3, 2, 2, 1, 1, 1, 1}, 3, 12));
}

TEST_F(MaskedLinear, ThreadsChangeNothing) {
  const LatticeLayer layer = layer_of({9, 16, 16, 40, 16, 16, 1, 3, 3, 1, 1, 1, 1, 1, 1}, 4, 14);
  check(layer, weights_of(layer), 8, 4);
}

// Blocks and packing together, where polynomials of the answer begin within a channel, and both numbers of primes.
TEST_F(MaskedLinear, ProductsOfManyBlocks) {
  for (const int side : {56, 40}) {
    const LatticeLayer pointwise =
        layer_of({64, side, side, 37, side, side, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 4, 16);
    const LatticePlan plan = plan_lattice_layer(pointwise);
    const std::size_t blocks = tiles_of(pointwise, plan).blocks().size();
    EXPECT_GT(blocks, 1U);
    EXPECT_NE(plan.packing % blocks, 0U);
    check_products(pointwise);
  }
  const LatticeLayer wide = layer_of({3, 20, 20, 5, 20, 20, 1, 3, 3, 1, 1, 1, 1, 1, 1}, 8, 40);
  EXPECT_EQ(plan_lattice_layer(wide).set, LatticeSet::large);
  check_products(wide);
}

TEST_F(MaskedLinear, TermsAreSummedWhereThatIsLessWork) {
  const auto suit = [](const ConvolutionShape& shape, std::size_t r, std::size_t blocks) {
    LatticePlan plan;
    plan.packing = r;
    return DirectProducts::suit(layer_of(shape, 4, 16), plan, blocks);
  };
  const ConvolutionShape pointwise{64, 8, 8, 8, 8, 8, 1, 1, 1, 1, 1, 1, 1, 0, 0};
  EXPECT_TRUE(suit(pointwise, 8, 7));
  EXPECT_TRUE(suit(pointwise, 16, 4));
  EXPECT_FALSE(suit(pointwise, 16, 5));
  EXPECT_FALSE(suit(pointwise, 64, 1));
  const ConvolutionShape square{64, 8, 8, 8, 8, 8, 1, 3, 3, 1, 1, 1, 1, 1, 1};
  EXPECT_TRUE(suit(square, 1, 9));
  EXPECT_FALSE(suit(square, 4, 1));
  EXPECT_TRUE(suit({64, 8, 8, 64, 8, 8, 64, 3, 3, 1, 1, 1, 1, 1, 1}, 16, 4));  // depthwise
  const ConvolutionShape wide{1 << 9, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0};
  EXPECT_TRUE(DirectProducts::fit(layer_of(wide, 15, 32)));
  EXPECT_FALSE(DirectProducts::fit(layer_of(wide, 16, 32)));
}

// All weights at the ends of their range: the noise's worst case.
TEST_F(MaskedLinear, ExtremeWeights) {
  const LatticeLayer layer = layer_of({32, 8, 8, 8, 8, 8, 1, 3, 3, 1, 1, 1, 1, 1, 1}, 8, 24);
  std::vector<std::int16_t> weights = weights_of(layer);
  for (const auto& [even, odd] : {std::pair(-128, -128), std::pair(127, 127), std::pair(-128, 127)}) {
    for (std::size_t i = 0; i < weights.size(); ++i)
      weights[i] = static_cast<std::int16_t>(i % 2 == 0 ? even : odd);
    check(layer, weights, 8);
  }
}

TEST_F(MaskedLinear, RefusesWeightsBeyondTheStatedNorm) {
  LatticeLayer layer = layer_of({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 8, 16);
  layer.weight_norm = weight_norm_of(10, 0, 15);
  EXPECT_EQ(layer.weight_norm, 1023U / 15);
  check(layer, std::vector<std::int16_t>{68});
  const LatticePlan plan = plan_lattice_layer(layer);
  TwoParties own(9);
  EXPECT_THROW(own.on_both([&](Role role) {
    Party party{role, own.channel(role), own.correlations(role), own.random(role)};
    LatticeKeyDemand demand;
    demand.add(plan);
    const LatticeKeys keys(party, demand);
    const std::vector<std::int16_t> weights(party.is_server() ? 1 : 0, 69);
    const std::array one{MaskedLayer{layer, plan, weights}};
    return prepare_masked_linears(party, keys, one)[0].share.size();
  }),
               Error);
}

// What the server sees, low parts and x1 − ρ, looks uniform; so do both shares.
TEST_F(MaskedLinear, MasksLookUniform) {
  const LatticeLayer layer = layer_of({8, 16, 16, 8, 16, 16, 1, 3, 3, 1, 1, 1, 1, 1, 1}, 4, 12);
  const LatticePlan plan = plan_lattice_layer(layer, 8);
  const LatticeTiles tiles = tiles_of(layer, plan);
  const LatticeRing& ring = LatticeRing::of(plan.set);
  Prg prg(Block{4, 4});
  const ClientKey client(ring, prg);
  const ServerKeys server(ring, plan.packing, client.publish(plan.packing, prg));
  const auto weights = weights_of(layer);
  const LatticeQuestion question = ask_question(client, layer, plan, tiles, prg);
  const LatticeAnswer answer = answer_question(server, layer, plan, tiles, weights, question.message, prg, 1);
  const RingTensor opened_share = open_answer(client, layer, plan, tiles, answer.message);
  const auto near_uniform = [](const RingTensor& x) {
    double mean = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      mean += std::ldexp(static_cast<double>(x.get(i)), -x.width().bits()) / static_cast<double>(x.size());
    EXPECT_NEAR(mean, 0.5, 6 / std::sqrt(12.0 * static_cast<double>(x.size())));
  };
  near_uniform(question.rho);
  near_uniform(answer.share);
  near_uniform(opened_share);
  for (const WireBuffer* message : {&question.message, &answer.message}) {
    std::array<int, 256> counts{};
    for (const std::uint8_t byte : *message) ++counts[byte];
    const double expected = static_cast<double>(message->size()) / 256;
    double chi = 0;
    for (const int count : counts) chi += (count - expected) * (count - expected) / expected;
    EXPECT_LT(chi, 255 + 6 * std::sqrt(2.0 * 255));
  }
  // The same question is never answered alike: encryptions of zero, masks and floods are fresh.
  const LatticeAnswer again = answer_question(server, layer, plan, tiles, weights, question.message, prg, 1);
  const std::size_t second_bytes = ring.degree() * static_cast<std::size_t>(plan.precision.second_bits) / 8;
  std::size_t equal_in_second = 0;
  std::size_t equal_in_first = 0;
  for (std::size_t i = 0; i < answer.message.size(); ++i)
    (i < second_bytes ? equal_in_second : equal_in_first) += answer.message[i] == again.message[i];
  const auto near = [](std::size_t equal, std::size_t bytes) {
    const double expected = static_cast<double>(bytes) / 256;
    EXPECT_NEAR(static_cast<double>(equal), expected, 6 * std::sqrt(expected) + 1);
  };
  near(equal_in_second, second_bytes);
  near(equal_in_first, answer.message.size() - second_bytes);
}

// Hostile bytes give a wrong answer, no crash; wrong lengths are refused before anything is read.
TEST_F(MaskedLinear, HostileQuestions) {
  const LatticeLayer layer = layer_of({2, 5, 5, 2, 5, 5, 1, 3, 3, 1, 1, 1, 1, 1, 1}, 4, 12);
  const LatticePlan plan = plan_lattice_layer(layer, 2);
  const LatticeTiles tiles = tiles_of(layer, plan);
  const LatticeRing& ring = LatticeRing::of(plan.set);
  Prg prg(Block{4, 5});
  const ClientKey client(ring, prg);
  const ServerKeys server(ring, plan.packing, client.publish(plan.packing, prg));
  const auto weights = weights_of(layer);
  for (const int fill : {0, 255}) {
    const WireBuffer question(plan.question_bytes, static_cast<std::uint8_t>(fill));
    EXPECT_EQ(answer_question(server, layer, plan, tiles, weights, question, prg, 1).message.size(),
              plan.answer_bytes);
    const WireBuffer answer(plan.answer_bytes, static_cast<std::uint8_t>(fill));
    EXPECT_EQ(open_answer(client, layer, plan, tiles, answer).size(), layer.shape.outputs());
  }
  EXPECT_THROW(
      answer_question(server, layer, plan, tiles, weights, WireBuffer(plan.question_bytes - 1), prg, 1),
      Error);
  EXPECT_THROW(open_answer(client, layer, plan, tiles, WireBuffer(plan.answer_bytes + 1)), Error);
}

// Bytes of ResNet-32's layers at 14 bits: packing takes more than half of them away.
TEST_F(MaskedLinear, PackingIsWhatSmallPicturesNeed) {
  const auto total = [&](std::size_t most_packed) {
    std::size_t bytes = 0;
    for (const auto& [channels, side, count] :
         {std::tuple(16, 32, 10), std::tuple(32, 16, 10), std::tuple(64, 8, 10)}) {
      LatticeLayer layer =
          layer_of({channels, side, side, channels, side, side, 1, 3, 3, 1, 1, 1, 1, 1, 1}, 4, 14);
      layer.weight_norm = weight_norm_of(14, 0, 15);
      const LatticePlan plan = plan_lattice_layer(layer, most_packed);
      RecordProperty("bytes_" + std::to_string(side) + "_" + std::to_string(most_packed),
                     std::to_string(plan.question_bytes) + " + " + std::to_string(plan.answer_bytes));
      bytes += static_cast<std::size_t>(count) * (plan.question_bytes + plan.answer_bytes);
    }
    return bytes;
  };
  EXPECT_LT(total(64), 6'000'000U);
  EXPECT_GT(total(1), 2 * total(64));
}

}  // namespace
}  // namespace privquant

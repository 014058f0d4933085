#include "mpc/lattice_messages.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/parallel_for.h"
#include "lattice/bit_string.h"
#include "lattice/packing.h"
#include "mpc/direct_products.h"
#include "ring/pack.h"

namespace privquant {
namespace {

std::size_t size(int value) { return static_cast<std::size_t>(value); }

std::size_t parts_of(const LatticeLayer& layer, const LatticePlan& plan) {
  return ceil_div(lanes_of(layer.shape), plan.packing);
}

// A block's cells in one polynomial of a question, in the order in which they are sent: f(cell, channel, exponent).
template <typename F>
void for_each_cell(const LatticeLayer& layer, const LatticePlan& plan, const LatticeTiles::Block& block,
                   std::size_t part, F&& f) {
  const std::size_t phases = block.cells.size();
  const std::size_t first = part * plan.packing;
  const std::size_t last = std::min(first + plan.packing, lanes_of(layer.shape));
  for (std::size_t lane = first; lane < last; ++lane) {
    for (const auto& cell : block.cells[lane % phases])
      f(cell, lane / phases, lane - first + plan.packing * cell.index);
  }
}

// Outputs are numbered channel by channel, block by block.
struct OutputPlace {
  std::size_t channel, block;
};

class OutputOrder {
 public:
  OutputOrder(const LatticeLayer& layer, const LatticePlan& plan, const LatticeTiles& tiles)
      : blocks_(tiles.blocks().size()),
        outputs_(size(layer.shape.out_channels) * blocks_),
        packing_(plan.packing) {}

  std::size_t polynomials() const { return ceil_div(outputs_, packing_); }
  std::size_t first_of(std::size_t polynomial) const { return polynomial * packing_; }
  std::size_t count_of(std::size_t polynomial) const {
    return std::min(packing_, outputs_ - first_of(polynomial));
  }
  OutputPlace place(std::size_t output) const { return {output / blocks_, output % blocks_}; }

 private:
  std::size_t blocks_, outputs_, packing_;
};

RingTensor uniform_tensor(Width width, std::size_t count, Prg& random) {
  SecretVector<std::uint8_t> bytes(width.packed_bytes(count));
  random.fill(bytes);
  RingTensor result(width, count);
  unpack(bytes, result, 0, count);
  return result;
}

// The server's side of one layer: what the question holds, then output by output.
class Answerer {
 public:
  Answerer(const ServerKeys& keys, const LatticeLayer& layer, const LatticePlan& plan,
           const LatticeTiles& tiles, std::span<const std::int16_t> weights, ProductsBy way)
      : keys_(keys),
        ring_(keys.ring()),
        layer_(layer),
        plan_(plan),
        tiles_(tiles),
        weights_(weights),
        order_(layer, plan, tiles) {
    if (way == ProductsBy::terms ||
        (way == ProductsBy::either && DirectProducts::suit(layer, plan, tiles.blocks().size())))
      direct_.emplace(ring_, layer, plan, tiles, weights);
  }

  void read(Bytes question) {
    PQ_CHECK(question.size() == plan_.question_bytes);
    Block seed;
    std::copy_n(question.data(), sizeof seed, reinterpret_cast<std::uint8_t*>(&seed));
    Prg stream(seed);
    BitStringReader in(question.subspan(sizeof seed));
    const int l = layer_.ring.bits();
    const int u = plan_.precision.question_bits;
    const Fractions::ToResidues convert(ring_.fractions(), l + u);
    for (const auto& block : tiles_.blocks()) {
      for (std::size_t part = 0; part < parts_of(layer_, plan_); ++part) {
        RnsPolynomial second = expand_uniform(ring_, stream);
        RnsPolynomial first = RnsPolynomial::zeros(ring_.degree(), ring_.primes());
        for_each_cell(layer_, plan_, block, part, [&](const auto& cell, std::size_t, std::size_t at) {
          const Word128 fraction = in.take(cell.fresh ? u : l + u);
          for (std::size_t i = 0; i < ring_.primes(); ++i)
            first.residue(i)[at] = ring_.modulus(i).balanced(convert.residue(i, fraction));
        });
        if (direct_) {
          direct_->add(first, std::move(second));
          continue;
        }
        ring_.forward(first);
        first_.push_back(std::move(first));
        second_.push_back(std::move(second));
      }
    }
  }

  struct Polynomial {
    std::vector<std::uint64_t> second;  ///< b1 bits each
    std::vector<std::uint64_t> first;   ///< b0 bits each
    SecretVector<std::uint64_t> shares;
  };

  /// Polynomials of the answer that are made together: sums of some channels of a group take less than one by one. All their
  /// outputs are held meanwhile, 64 KiB each or more, and every thread is to have some.
  std::size_t together(unsigned threads) const {
    constexpr std::size_t channels = 8, most_outputs = 128;
    if (!direct_) return 1;
    const std::size_t in_group = size(layer_.shape.out_channels / layer_.shape.groups);
    const std::size_t outputs = std::min(std::min(channels, in_group) * tiles_.blocks().size(), most_outputs);
    const std::size_t share = ceil_div(order_.polynomials(), thread_count(threads));
    return std::max<std::size_t>(std::min(outputs / plan_.packing, share), 1);
  }

  /// The answer's polynomials from `begin` on, each with randomness of its own.
  void answer(std::size_t begin, std::span<const Block> seeds, std::span<Polynomial> results) const {
    const std::size_t first = order_.first_of(begin);
    const std::size_t last_polynomial = begin + results.size() - 1;
    const std::size_t outputs = order_.first_of(last_polynomial) + order_.count_of(last_polynomial) - first;
    std::vector<std::optional<DirectProducts::Sums>> sums(outputs);
    if (direct_) sum_directly(first, sums);
    for (std::size_t i = 0; i < results.size(); ++i)
      answer(begin + i, Prg(seeds[i]), std::span(sums).subspan(order_.first_of(begin + i) - first),
             results[i]);
  }

  const OutputOrder& order() const { return order_; }

 private:
  // The polynomials of one output channel's weights, transformed: those that meet consecutive parts of the question.
  struct Weights {
    std::size_t channel;
    std::size_t first_part;
    std::vector<RnsPolynomial> parts;
  };

  // Of consecutive outputs from `first` on.
  void sum_directly(std::size_t first, std::span<std::optional<DirectProducts::Sums>> sums) const {
    const std::size_t blocks = tiles_.blocks().size();
    for (std::size_t i = 0; i < std::min(blocks, sums.size()); ++i) {
      const OutputPlace place = order_.place(first + i);
      auto products = direct_->of(place.block, place.channel, ceil_div(sums.size() - i, blocks));
      for (std::size_t k = 0; k < products.size(); ++k) sums[i + k * blocks] = std::move(products[k]);
    }
  }

  // `sums`: of this polynomial's outputs, where products are direct.
  void answer(std::size_t number, Prg random, std::span<std::optional<DirectProducts::Sums>> sums,
              Polynomial& result) const {
    SecretVector<Word128> firsts;
    std::vector<RnsPolynomial> seconds;
    Weights weights{.channel = size(layer_.shape.out_channels), .first_part = 0, .parts = {}};
    for (std::size_t i = 0; i < order_.count_of(number); ++i) {
      const OutputPlace place = order_.place(order_.first_of(number) + i);
      RnsPolynomial first = RnsPolynomial::zeros(ring_.degree(), ring_.primes());
      RnsPolynomial second = RnsPolynomial::zeros(ring_.degree(), ring_.primes());
      if (!direct_) {
        if (place.channel != weights.channel) transform_weights(place.channel, weights);
        add_weighted(weights, place.block, first, second);
      }
      add_zero_encryption(keys_, random, first, second);
      first = strided_coefficients(ring_, first, plan_.packing);
      if (direct_) {
        add(sums[i]->first, first);
        add(sums[i]->second, second);
        sums[i].reset();
      }
      const auto fractions = to_fractions(ring_, ring_.fractions(), std::move(first));
      const auto& outputs = tiles_.blocks()[place.block].outputs;
      SecretVector<FloodWords> draws(outputs.size());
      random.fill(as_mutable_bytes(draws));
      for (std::size_t k = 0; k < outputs.size(); ++k) {
        const MaskAndFlood added = mask_and_flood(draws[k], layer_.ring.bits(), plan_.precision.gap_bits);
        firsts.push_back(fractions[outputs[k].index] + added.fraction);
        result.shares.push_back(added.share);
      }
      seconds.push_back(std::move(second));
    }
    finish(number, std::move(firsts), std::move(seconds), result);
  }

  void add(const RnsPolynomial& x, RnsPolynomial& sum) const {
    for (std::size_t k = 0; k < ring_.primes(); ++k)
      add_residues(ring_.modulus(k), x.residue(k), sum.residue(k));
  }

  // Transformed.
  void add_weighted(const Weights& weights, std::size_t block, RnsPolynomial& first,
                    RnsPolynomial& second) const {
    const std::size_t asked = block * parts_of(layer_, plan_) + weights.first_part;
    std::vector<const double*> w(weights.parts.size()), q(weights.parts.size());
    for (std::size_t k = 0; k < ring_.primes(); ++k) {
      for (std::size_t i = 0; i < w.size(); ++i) w[i] = weights.parts[i].residue(k).data();
      for (std::size_t i = 0; i < w.size(); ++i) q[i] = first_[asked + i].residue(k).data();
      add_products(ring_.modulus(k), w, q, first.residue(k));
      for (std::size_t i = 0; i < w.size(); ++i) q[i] = second_[asked + i].residue(k).data();
      add_products(ring_.modulus(k), w, q, second.residue(k));
    }
  }

  // In memory that another channel's may have left.
  void transform_weights(std::size_t channel, Weights& weights) const {
    const ConvolutionShape& s = layer_.shape;
    const std::size_t phases = size(phases_of(s));
    const std::size_t in_group = size(s.in_channels / s.groups);
    const std::size_t first_in = channel / size(s.out_channels / s.groups) * in_group;
    weights.channel = channel;
    weights.first_part = first_in * phases / plan_.packing;
    const std::size_t parts = ceil_div((first_in + in_group) * phases, plan_.packing) - weights.first_part;
    while (weights.parts.size() > parts) weights.parts.pop_back();
    for (RnsPolynomial& w : weights.parts) w.clear();
    while (weights.parts.size() < parts)
      weights.parts.push_back(RnsPolynomial::zeros(ring_.degree(), ring_.primes()));
    const std::int16_t* weight = weights_.data() + channel * s.fan_in();
    for (std::size_t in = first_in; in < first_in + in_group; ++in) {
      for (int ky = 0; ky < s.kernel_height; ++ky) {
        for (int kx = 0; kx < s.kernel_width; ++kx) {
          const std::size_t lane = in * phases + size(tiles_.phase(ky, kx));
          RnsPolynomial& w = weights.parts[lane / plan_.packing - weights.first_part];
          const std::size_t exponent = lane % plan_.packing + plan_.packing * tiles_.tap(ky, kx);
          const double value = *weight++;
          // X^-e = −X^(N−e).
          for (std::size_t i = 0; i < ring_.primes(); ++i)
            w.residue(i)[exponent == 0 ? 0 : ring_.degree() - exponent] = exponent == 0 ? value : -value;
        }
      }
    }
    for (RnsPolynomial& w : weights.parts) ring_.forward(w);
  }

  void finish(std::size_t number, SecretVector<Word128> firsts, std::vector<RnsPolynomial> seconds,
              Polynomial& result) const {
    SecretVector<Word128> second;
    if (plan_.packing == 1) {
      second = to_fractions(ring_, ring_.fractions(), std::move(seconds[0]));
    } else {
      std::transform(seconds.begin(), seconds.end(), seconds.begin(),
                     [&](const RnsPolynomial& x) { return drop_last_prime(ring_, x); });
      PackedHalves packed = pack_answers(keys_, plan_.packing, std::move(seconds));
      const auto summands = to_fractions(ring_, ring_.packed_fractions(), std::move(packed.first));
      second = to_fractions(ring_, ring_.packed_fractions(), std::move(packed.second));
      auto first = firsts.begin();
      for (std::size_t i = 0; i < order_.count_of(number); ++i) {
        const OutputPlace place = order_.place(order_.first_of(number) + i);
        for (const auto& output : tiles_.blocks()[place.block].outputs)
          *first++ += summands[i + plan_.packing * output.index];
      }
    }
    for (const Word128 fraction : second)
      result.second.push_back(round_fraction(fraction, plan_.precision.second_bits));
    for (const Word128 fraction : firsts)
      result.first.push_back(round_fraction(fraction, plan_.precision.first_bits));
  }

  const ServerKeys& keys_;
  const LatticeRing& ring_;
  const LatticeLayer& layer_;
  const LatticePlan& plan_;
  const LatticeTiles& tiles_;
  std::span<const std::int16_t> weights_;
  OutputOrder order_;
  std::optional<DirectProducts> direct_;
  std::vector<RnsPolynomial> first_, second_;  // otherwise: by block, then part; transformed
};

// Where in the output tensor a wanted coefficient belongs, in the order in which they are sent.
template <typename F>
void for_each_output(const LatticeLayer& layer, const OutputOrder& order, const LatticeTiles& tiles,
                     std::size_t number, F&& f) {
  const std::size_t plane = layer.shape.positions();
  for (std::size_t i = 0; i < order.count_of(number); ++i) {
    const OutputPlace place = order.place(order.first_of(number) + i);
    for (const auto& output : tiles.blocks()[place.block].outputs)
      f(i, output, place.channel * plane + output.pixel);
  }
}

}  // namespace

LatticeQuestion ask_question(const ClientKey& key, const LatticeLayer& layer, const LatticePlan& plan,
                             const LatticeTiles& tiles, Prg& random) {
  const LatticeRing& ring = key.ring();
  const int l = layer.ring.bits();
  const int u = plan.precision.question_bits;
  const std::size_t plane = size(layer.shape.in_height) * size(layer.shape.in_width);
  // Values that no output reads are random, too: the online message must hide them all the same.
  LatticeQuestion question{WireBuffer(plan.question_bytes),
                           uniform_tensor(layer.ring, layer.shape.inputs(), random)};
  const Block seed = random.block();
  std::copy_n(reinterpret_cast<const std::uint8_t*>(&seed), sizeof seed, question.message.data());
  Prg stream(seed);
  BitStringWriter out(MutableBytes(question.message).subspan(sizeof seed));
  for (const auto& block : tiles.blocks()) {
    for (std::size_t part = 0; part < parts_of(layer, plan); ++part) {
      const RnsPolynomial a = expand_uniform(ring, stream);
      const QuestionFractions fractions(key, a, random, l + u);
      for_each_cell(
          layer, plan, block, part, [&](const auto& cell, std::size_t channel, std::size_t exponent) {
            const Word128 fraction = fractions[exponent];
            const std::size_t at = channel * plane + static_cast<std::size_t>(std::max(cell.pixel, 0));
            if (cell.fresh) {
              question.rho.set(
                  at, (std::uint64_t{0} - static_cast<std::uint64_t>(fraction >> u)) & layer.ring.mask());
              out.append(fraction & ((Word128{1} << u) - 1), u);
            } else {
              const std::uint64_t given = cell.pixel < 0 ? 0 : question.rho.get(at);
              out.append((fraction + (Word128{given} << u)) & ((Word128{1} << (l + u)) - 1), l + u);
            }
          });
    }
  }
  out.finish();
  return question;
}

LatticeAnswer answer_question(const ServerKeys& keys, const LatticeLayer& layer, const LatticePlan& plan,
                              const LatticeTiles& tiles, std::span<const std::int16_t> weights,
                              Bytes question, Prg& random, unsigned threads, ProductsBy way) {
  Answerer answerer(keys, layer, plan, tiles, weights, way);
  answerer.read(question);
  const std::size_t count = answerer.order().polynomials();
  SecretVector<Block> seeds(count);
  for (Block& seed : seeds) seed = random.block();
  std::vector<Answerer::Polynomial> polynomials(count);
  const std::size_t together = answerer.together(threads);
  parallel_for(
      ceil_div(count, together), 1,
      [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin * together; i < std::min(end * together, count); i += together) {
          const std::size_t these = std::min(together, count - i);
          answerer.answer(i, std::span(seeds).subspan(i, these), std::span(polynomials).subspan(i, these));
        }
      },
      threads);
  LatticeAnswer answer{WireBuffer(plan.answer_bytes), RingTensor(layer.ring, layer.shape.outputs())};
  BitStringWriter out(answer.message);
  for (std::size_t number = 0; number < count; ++number) {
    const Answerer::Polynomial& polynomial = polynomials[number];
    for (const std::uint64_t value : polynomial.second) out.append(value, plan.precision.second_bits);
    for (const std::uint64_t value : polynomial.first) out.append(value, plan.precision.first_bits);
    auto share = polynomial.shares.begin();
    for_each_output(
        layer, answerer.order(), tiles, number,
        [&](std::size_t, const LatticeTiles::Output&, std::size_t at) { answer.share.set(at, *share++); });
  }
  out.finish();
  return answer;
}

RingTensor open_answer(const ClientKey& key, const LatticeLayer& layer, const LatticePlan& plan,
                       const LatticeTiles& tiles, Bytes answer) {
  PQ_CHECK(answer.size() == plan.answer_bytes);
  const int l = layer.ring.bits();
  const Precision& bits = plan.precision;
  const OutputOrder order(layer, plan, tiles);
  BitStringReader in(answer);
  RingTensor share(layer.ring, layer.shape.outputs());
  std::vector<std::int64_t> second(key.ring().degree());
  for (std::size_t number = 0; number < order.polynomials(); ++number) {
    for (std::int64_t& value : second)
      value = signed_fraction(static_cast<std::uint64_t>(in.take(bits.second_bits)), bits.second_bits);
    const auto product = key.multiply(second);
    for_each_output(layer, order, tiles, number,
                    [&](std::size_t i, const LatticeTiles::Output& output, std::size_t at) {
                      const std::uint64_t phase =
                          (static_cast<std::uint64_t>(in.take(bits.first_bits)) << (64 - bits.first_bits)) +
                          (product[i + plan.packing * output.index] << (64 - bits.second_bits));
                      share.set(at, (phase + (std::uint64_t{1} << (63 - l))) >> (64 - l));
                    });
  }
  return share;
}

}  // namespace privquant

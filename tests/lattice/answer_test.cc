// Questions, answers and packing at the level of polynomials, against schoolbook products modulo 2^l.
#include "lattice/answer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <random>

#include "base/error.h"
#include "lattice/packing.h"
#include "lattice/sampling.h"
#include "support/every_target.h"

namespace privquant {
namespace {

/// Adds an encryption of zero, all transformed.
void encrypt_zero(const ServerKeys& keys, Prg& random, RnsPolynomial& first, RnsPolynomial& second) {
  add_zero_encryption(keys, random, first, second);
  keys.ring().forward(second);
}

struct Session {
  explicit Session(LatticeSet set, std::size_t most_packed = 1)
      : ring(LatticeRing::of(set)),
        random(Block{5, static_cast<std::uint64_t>(most_packed)}),
        client(ring, random),
        server(ring, most_packed, client.publish(most_packed, random)) {}

  const LatticeRing& ring;
  Prg random;
  ClientKey client;
  ServerKeys server;
};

using Sparse = std::map<std::size_t, int>;

RnsPolynomial transform_weights(const LatticeRing& ring, const Sparse& weights) {
  RnsPolynomial w = RnsPolynomial::zeros(ring.degree(), ring.primes());
  for (const auto& [at, value] : weights) {
    for (std::size_t i = 0; i < ring.primes(); ++i) w.residue(i)[at] = value;
  }
  ring.forward(w);
  return w;
}

/// All coefficients free: ρ and the server's c0 from the low bits.
struct Question {
  Question(Session& session, int l, int u)
      : a(session.ring.degree(), session.ring.primes()), rho(session.ring.degree()) {
    const LatticeRing& ring = session.ring;
    a = expand_uniform(ring, session.random);
    const QuestionFractions fractions(session.client, a, session.random, l + u);
    const Fractions::ToResidues convert(ring.fractions(), l + u);
    first = RnsPolynomial(ring.degree(), ring.primes());
    for (std::size_t at = 0; at < ring.degree(); ++at) {
      const Word128 fraction = fractions[at];
      rho[at] = std::uint64_t{0} - static_cast<std::uint64_t>(fraction >> u);
      const Word128 low = fraction & ((Word128{1} << u) - 1);
      for (std::size_t i = 0; i < ring.primes(); ++i)
        first.residue(i)[at] = ring.modulus(i).balanced(convert.residue(i, low));
    }
    ring.forward(first);
  }
  RnsPolynomial a;
  std::vector<std::uint64_t> rho;
  RnsPolynomial first{16, 1};
};

std::vector<std::uint64_t> product(const std::vector<std::uint64_t>& x, const Sparse& weights) {
  std::vector<std::uint64_t> result(x.size());
  for (const auto& [shift, value] : weights) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t at = i + shift;
      const std::uint64_t term = x[i] * static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
      if (at < x.size()) {
        result[at] += term;
      } else {
        result[at - x.size()] -= term;
      }
    }
  }
  return result;
}

Sparse random_weights(std::size_t degree, std::size_t count, int greatest, std::mt19937_64& random) {
  Sparse weights;
  while (weights.size() < count)
    weights[random() % degree] =
        static_cast<int>(random() % (2 * static_cast<unsigned>(greatest) + 1)) - greatest;
  return weights;
}

NoiseInput noise_of(const Sparse& weights, int l, std::size_t packing = 1) {
  NoiseInput input{
      .message_bits = l, .outputs_log2 = 20, .weight_norm = 0, .square_norm = 0, .packing = packing};
  for (const auto& [at, value] : weights) {
    input.weight_norm += std::abs(value);
    input.square_norm += static_cast<double>(value) * value;
  }
  return input;
}

/// Phases as fractions of 128 bits, before any mask: (c0 + c1·s)/q at every coefficient. Arguments are
/// transformed.
SecretVector<Word128> phases(Session& session, RnsPolynomial first, const RnsPolynomial& second) {
  const LatticeRing& ring = session.ring;
  std::vector<std::int64_t> one(ring.degree());
  one[0] = 1;
  const auto secret = session.client.multiply(one);
  std::vector<std::int8_t> small(secret.begin(), secret.end());
  const RnsPolynomial s = ring.transform(small);
  for (std::size_t i = 0; i < ring.primes(); ++i)
    multiply_add_residues(ring.modulus(i), second.residue(i), s.residue(i), first.residue(i));
  return to_fractions(ring, ring.fractions(), strided_coefficients(ring, first, 1));
}

/// A fraction of 128 bits between −1/2 and 1/2.
double small_fraction(Word128 fraction) {
  const auto sign = static_cast<std::uint64_t>(fraction >> 127);
  const Word128 magnitude = sign != 0 ? -fraction : fraction;
  const double size = std::ldexp(static_cast<double>(static_cast<std::uint64_t>(magnitude >> 64)), -64) +
                      std::ldexp(static_cast<double>(static_cast<std::uint64_t>(magnitude)), -128);
  return sign != 0 ? -size : size;
}

FloodWords flood_words(std::mt19937_64& random) {
  FloodWords words;
  for (Word128& word : words) word = Word128{random()} << 64 | random();
  return words;
}

TEST(Sampling, KnownAnswersAndMoments) {
  Prg random(Block{1, 2});
  std::vector<std::int8_t> ternary(1 << 16), errors(1 << 16);
  sample_ternary(random, ternary);
  sample_errors(random, errors);
  std::map<int, int> counts;
  for (const auto x : ternary) ++counts[x];
  ASSERT_EQ(counts.size(), 3U);
  for (const int value : {-1, 0, 1})
    EXPECT_NEAR(counts[value], (1 << 16) / 3.0, 6 * std::sqrt((1 << 16) * 2 / 9.0));
  double sum = 0, squares = 0;
  for (const auto x : errors) {
    ASSERT_LE(std::abs(x), greatest_error);
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / errors.size(), 0, 6 * std::sqrt(error_variance / errors.size()));
  EXPECT_NEAR(squares / errors.size(), error_variance, 0.4);
  // The definitions, from the words of the stream.
  Prg again(Block{1, 2});
  std::vector<std::uint64_t> words(1 << 16);
  again.fill(as_mutable_bytes(words));
  for (std::size_t i = 0; i < words.size(); ++i)
    ASSERT_EQ(ternary[i], static_cast<int>(words[i] / ((~std::uint64_t{0} / 3) + 1)) - 1);
  again.fill(as_mutable_bytes(words));
  for (std::size_t i = 0; i < words.size(); ++i)
    ASSERT_EQ(errors[i],
              __builtin_popcountll(words[i] & 0x1fffff) - __builtin_popcountll(words[i] >> 21 & 0x1fffff));
  std::vector<double> uniform(1 << 12);
  const Modulus modulus(lattice_primes(1)[0]);
  sample_uniform(random, modulus, uniform);
  double mean = 0;
  for (const double x : uniform) mean += x / modulus.p / uniform.size();
  EXPECT_NEAR(mean, 0, 6 / std::sqrt(12.0 * uniform.size()));
}

// 128 × 128 bits, the high and the low half.
std::pair<Word128, Word128> wide_product(Word128 a, Word128 b) {
  const Word128 mask = ~std::uint64_t{0};
  const Word128 low = (a & mask) * (b & mask), left = (a >> 64) * (b & mask), right = (a & mask) * (b >> 64);
  const Word128 middle = (low >> 64) + (left & mask) + (right & mask);
  return {(a >> 64) * (b >> 64) + (left >> 64) + (right >> 64) + (middle >> 64),
          (middle << 64) | (low & mask)};
}

TEST(Fractions, EqualBigIntegers) {
  const auto primes = lattice_primes(2);
  const Fractions fractions(primes);
  const Word128 q = Word128{primes[0]} * primes[1];
  std::mt19937_64 random(9);
  for (int turn = 0; turn < 2000; ++turn) {
    const Word128 x = turn == 0 ? 0 : turn == 1 ? q - 1 : (Word128{random()} << 64 | random()) % q;
    Word128 fraction = 0;
    for (std::size_t i = 0; i < 2; ++i) {
      const Modulus modulus(primes[i]);
      fraction += fractions.of_digit(
          i, modulus.multiply(static_cast<std::uint64_t>(x % primes[i]), fractions.digit_scale(i)));
    }
    // fraction ≤ x/q·2^128 < fraction + 4: the high half of (fraction + 4)·q is x or just below for fraction.
    const auto [high, low] = wide_product(fraction + 4, q);
    ASSERT_TRUE(turn == 0 || high == x) << turn;
    const auto [high_below, low_below] = wide_product(fraction, q);
    ASSERT_TRUE(high_below == x - 1 || (high_below == x && low_below == 0));
    for (const int bits : {1, 40, 64, 96, 120, 128}) {
      const Fractions::ToResidues convert(fractions, bits);
      const Word128 tau = (Word128{random()} << 64 | random()) >> (128 - bits);
      auto [top, bottom] = wide_product(tau, q);
      const Word128 half = Word128{1} << (bits - 1);
      bottom += half;
      if (bottom < half) ++top;
      const Word128 nearest = bits == 128 ? top : (top << (128 - bits)) | (bottom >> bits);
      for (std::size_t i = 0; i < 2; ++i)
        ASSERT_EQ(convert.residue(i, tau), static_cast<std::uint64_t>(nearest % primes[i])) << bits;
    }
  }
}

// z/q + d/q, d of 128 bits, to 64 bits: the integer below (z·2^64 + d)/q.
TEST(Fractions, LieBetweenElements) {
  const auto primes = lattice_primes(2);
  const Fractions fractions(primes);
  const Word128 q = Word128{primes[0]} * primes[1];
  std::mt19937_64 random(10);
  for (int turn = 0; turn < 2000; ++turn) {
    const Word128 z = turn == 0 ? q - 1 : (Word128{random()} << 64 | random()) % q;
    const std::uint64_t d = turn < 2 ? ~std::uint64_t{0} : random();
    Fractions::Fine fraction = fractions.between(Word128{d} << 64);
    for (std::size_t i = 0; i < 2; ++i) {
      const Modulus modulus(primes[i]);
      fraction += fractions.fine_digit(
          i, modulus.multiply(static_cast<std::uint64_t>(z % primes[i]), fractions.digit_scale(i)));
    }
    const Word128 tau = fraction.high >> 64;
    const std::pair sum(z >> 64, z << 64 | d);
    ASSERT_LE(wide_product(tau, q), sum);
    ASSERT_GT(wide_product(tau + 1, q), sum);
  }
}

// All of a small ring: with a number between, each value is taken by as many, to all bits; without it, by one more or
// less, and which says something of the top bits.
TEST(Fractions, AreUniformWithWhatLiesBetween) {
  const std::uint64_t primes[] = {1013, 1009};
  const Fractions fractions(primes);
  constexpr int bits = 12;
  constexpr unsigned parts = 8;
  std::vector<unsigned> count(1U << bits), without(1U << bits);
  // Every pair of digits is one element.
  for (std::uint64_t z = 0; z < primes[0] * primes[1]; ++z) {
    Fractions::Fine fraction = fractions.fine_digit(0, z % primes[0]);
    fraction += fractions.fine_digit(1, z / primes[0]);
    ++without[static_cast<std::size_t>(fraction.high >> (128 - bits))];
    for (unsigned part = 0; part < parts; ++part) {
      Fractions::Fine moved = fraction;
      moved += fractions.between(((Word128{part} << 1) + 1) << (127 - std::countr_zero(parts)));
      ++count[static_cast<std::size_t>(moved.high >> (128 - bits))];
    }
  }
  const auto [least, most] = std::minmax_element(count.begin(), count.end());
  EXPECT_LE(*most - *least, 1U);
  const auto [less, more] = std::minmax_element(without.begin(), without.end());
  EXPECT_EQ(parts * (*more - *less), parts);
}

TEST(ClientKey, MultipliesBySecretAndCountsKeys) {
  for (const LatticeSet set : {LatticeSet::small, LatticeSet::large}) {
    Session session(set, 4);
    const LatticeRing& ring = session.ring;
    EXPECT_EQ(keys_bytes(ring, 1), 16 + ring.degree() * (set == LatticeSet::small ? 96 : 128) / 8);
    EXPECT_EQ(keys_bytes(ring, 4), 16 + 16 * (keys_bytes(ring, 1) - 16) / 16 * (1 + 2 * (ring.primes() - 1)));
    // c = 2^48·X^k: the secret itself, shifted; one more coefficient than |1| would show.
    std::vector<std::int64_t> one(ring.degree()), far(ring.degree());
    one[0] = 1;
    far[ring.degree() - 1] = std::int64_t{-1} << 48;
    const auto secret = session.client.multiply(one);
    const auto moved = session.client.multiply(far);
    std::size_t nonzero = 0;
    for (std::size_t at = 0; at < ring.degree(); ++at) {
      const auto s = static_cast<std::int64_t>(secret[at]);
      ASSERT_LE(std::abs(s), 1);
      nonzero += s != 0;
      const std::uint64_t expected = secret[(at + 1) % ring.degree()] << 48;
      ASSERT_EQ(moved[at], at + 1 < ring.degree() ? expected : 0 - expected);
    }
    EXPECT_LE(nonzero, ring.most_nonzero());
    EXPECT_GT(nonzero, ring.degree() / 2);
  }
}

TEST(ServerKeys, RefuseAnotherLength) {
  Session session(LatticeSet::small, 2);
  const WireBuffer message = session.client.publish(2, session.random);
  EXPECT_THROW(ServerKeys(session.ring, 4, message), Error);
  EXPECT_THROW(ServerKeys(session.ring, 2, Bytes(message).first(message.size() - 1)), Error);
  EXPECT_THROW(ServerKeys(session.ring, 2, Bytes()), Error);
}

// Phase, noise within the bounds, and the flood where it has to be.
TEST(Answer, EveryWidthDecryptsAndStaysWithinTheBounds) {
  for (const LatticeSet set : {LatticeSet::small, LatticeSet::large}) {
    Session session(set);
    const LatticeRing& ring = session.ring;
    std::mt19937_64 random(4);
    for (const int l : {1, 2, 7, 8, 13, 16, 20, 24, 31, 40}) {
      SCOPED_TRACE(testing::Message() << "N " << ring.degree() << ", l " << l);
      const Sparse weights = random_weights(ring.degree(), 500, 7, random);
      const NoiseInput input = noise_of(weights, l);
      const auto precision = choose_precision(ring, input, {4096, 4096, 1024});
      if (!precision) {
        EXPECT_EQ(set, LatticeSet::small);
        EXPECT_GT(l, 24);
        continue;
      }
      const int u = precision->question_bits;
      const Question question(session, l, u);
      const RnsPolynomial w = transform_weights(ring, weights);
      RnsPolynomial first(ring.degree(), ring.primes()), second(ring.degree(), ring.primes());
      for (std::size_t i = 0; i < ring.primes(); ++i) {
        multiply_residues(ring.modulus(i), w.residue(i), question.first.residue(i), first.residue(i));
        multiply_residues(ring.modulus(i), w.residue(i), question.a.residue(i), second.residue(i));
      }
      encrypt_zero(session.server, session.random, first, second);
      const auto expected = product(question.rho, weights);
      const auto phase = phases(session, first, second);
      double squares = 0;
      double greatest = 0;
      for (std::size_t at = 0; at < phase.size(); ++at) {
        const double noise = small_fraction(phase[at] - (Word128{expected[at]} << (128 - l)));
        ASSERT_LE(std::abs(noise), greatest_noise(ring, input, u));
        squares += noise * noise;
        greatest = std::max(greatest, std::abs(noise));
      }
      // The bound is on a mean; it is met, and not by much more than its roundings.
      const double mean = std::sqrt(squares / static_cast<double>(phase.size()));
      EXPECT_LE(mean, 1.1 * mean_noise(ring, input, u));
      EXPECT_GE(mean, 0.5 * mean_noise(ring, input, u));
      // For tools/plot_lattice_noise.py.
      RecordProperty(
          fmt::format("noise_{}_{}", set == LatticeSet::small ? "small" : "large", l),
          fmt::format("{:.2f} {:.2f} {:.2f} {:.2f}", std::log2(greatest_noise(ring, input, u)),
                      std::log2(greatest), std::log2(mean_noise(ring, input, u)), std::log2(mean)));
      // As on the wire.
      const auto high = to_fractions(ring, ring.fractions(), strided_coefficients(ring, first, 1));
      const auto low = to_fractions(ring, ring.fractions(), strided_coefficients(ring, second, 1));
      std::vector<std::int64_t> c1(ring.degree());
      for (std::size_t at = 0; at < c1.size(); ++at)
        c1[at] = signed_fraction(round_fraction(low[at], precision->second_bits), precision->second_bits);
      const auto c1_s = session.client.multiply(c1);
      const std::uint64_t mask = ~std::uint64_t{0} >> (64 - l);
      for (std::size_t at = 0; at < phase.size(); ++at) {
        const MaskAndFlood added = mask_and_flood(flood_words(random), l, precision->gap_bits);
        const std::uint64_t c0 = round_fraction(high[at] + added.fraction, precision->first_bits);
        const std::uint64_t sum =
            (c0 << (64 - precision->first_bits)) + (c1_s[at] << (64 - precision->second_bits));
        const std::uint64_t y = (sum + (std::uint64_t{1} << (63 - l))) >> (64 - l);
        ASSERT_EQ((y + added.share) & mask, expected[at] & mask) << at;
      }
    }
  }
}

// Without the encryption of zero c1 would be Σ a·w, without the flood c0 would give the noise away.
TEST(Answer, MaskAndFloodFillWhatTheyShould) {
  std::mt19937_64 random(6);
  for (const int l : {1, 14, 40}) {
    for (const int gap : {2, 4}) {
      // In units of one summand's width.
      double low = 0, high = 0, sum = 0, squares = 0;
      const int count = 16384;
      std::map<std::uint64_t, int> tops;
      for (int i = 0; i < count; ++i) {
        const MaskAndFlood m = mask_and_flood(flood_words(random), l, gap);
        ++tops[m.share >> std::max(0, l - 2)];
        const Word128 flood = m.fraction + (Word128{m.share} << (128 - l));
        const double part =
            std::ldexp(static_cast<double>(static_cast<std::int64_t>(flood >> 64)), l + gap - 64);
        low = std::min(low, part);
        high = std::max(high, part);
        sum += part;
        squares += part * part;
      }
      EXPECT_GE(low, -1.5);
      EXPECT_LE(high, 1.5);
      EXPECT_LT(low, -1.2);
      EXPECT_GT(high, 1.2);
      EXPECT_NEAR(sum / count, 0, 6 * std::sqrt(0.25 / count));
      EXPECT_NEAR(squares / count, 0.25, 6 * std::sqrt(0.1 / count));
      for (const auto& [top, times] : tops)
        EXPECT_NEAR(times, count / static_cast<double>(tops.size()), 6 * std::sqrt(count / 4.0)) << top;
    }
  }
}

// Three uniform numbers of n steps: a shift by one of C such sums at once changes them by at most 1.1·sqrt(C)/n.
TEST(Noise, FloodIsAsSmoothAsTheDocumentSays) {
  for (const std::size_t n : {4, 16, 256, 4096}) {
    std::vector<double> p{1};
    for (int summand = 0; summand < 3; ++summand) {
      std::vector<double> sum(p.size() + n - 1);
      for (std::size_t i = 0; i < p.size(); ++i) {
        for (std::size_t k = 0; k < n; ++k) sum[i + k] += p[i] / static_cast<double>(n);
      }
      p = std::move(sum);
    }
    double hellinger = 0, distance = 0;
    for (std::size_t i = 0; i <= p.size(); ++i) {
      const double here = i < p.size() ? p[i] : 0, before = i > 0 ? p[i - 1] : 0;
      hellinger += std::pow(std::sqrt(here) - std::sqrt(before), 2) / 2;
      distance += std::abs(here - before) / 2;
    }
    EXPECT_LE(std::sqrt(2 * hellinger), (n < 16 ? 1.2 : 1.1) / static_cast<double>(n)) << n;
    EXPECT_GE(std::sqrt(2 * hellinger), 1.06 / static_cast<double>(n)) << n;
    EXPECT_LE(distance, std::sqrt(2 * hellinger));
  }
}

TEST(Answer, StridedCoefficientsAreThoseAtTheirExponents) {
  Prg random(Block{3, 4});
  for (const LatticeSet set : {LatticeSet::small, LatticeSet::large}) {
    const LatticeRing& ring = LatticeRing::of(set);
    const RnsPolynomial x = expand_uniform(ring, random);
    RnsPolynomial coefficients = x;
    for (std::size_t i = 0; i < ring.primes(); ++i) ring.ntt(i).inverse(coefficients.residue(i));
    const auto all = to_fractions(ring, ring.fractions(), coefficients);
    for (std::size_t r = 1; r <= greatest_packing; r *= 2) {
      const auto strided = to_fractions(ring, ring.fractions(), strided_coefficients(ring, x, r));
      ASSERT_EQ(strided.size(), ring.degree() / r);
      for (std::size_t at = 0; at < strided.size(); ++at) ASSERT_EQ(strided[at], all[r * at]) << r;
    }
  }
}

TEST(Answer, ZeroEncryptionsAreFresh) {
  Session session(LatticeSet::small);
  const LatticeRing& ring = session.ring;
  auto first = RnsPolynomial::zeros(ring.degree(), 2), second = first, other = first, other_second = first;
  encrypt_zero(session.server, session.random, first, second);
  encrypt_zero(session.server, session.random, other, other_second);
  double mean = 0;
  std::size_t equal = 0;
  for (std::size_t at = 0; at < ring.degree(); ++at) {
    equal += second.residue(0)[at] == other_second.residue(0)[at];
    mean += second.residue(0)[at] / ring.modulus(0).p / ring.degree();
  }
  EXPECT_LE(equal, 1U);
  EXPECT_NEAR(mean, 0, 6 / std::sqrt(12.0 * ring.degree()));
  const NoiseInput nothing{.message_bits = 1, .weight_norm = 0, .square_norm = 0};
  for (const Word128 phase : phases(session, first, second))
    ASSERT_LE(std::abs(small_fraction(phase)), greatest_noise(ring, nothing, 60));
}

// (u·p0, u·p1 + e) with u and e of the stream, by its definition.
TEST(Answer, ZeroEncryptionsAreWhatTheyAreSaidToBe) {
  Session session(LatticeSet::small);
  const LatticeRing& ring = session.ring;
  Prg random(Block{7, 8}), again(Block{7, 8});
  auto first = RnsPolynomial::zeros(ring.degree(), 2), second = first;
  encrypt_zero(session.server, random, first, second);
  std::vector<std::int8_t> u(ring.degree()), e(ring.degree());
  sample_ternary(again, u);
  sample_errors(again, e);
  const RnsPolynomial hidden = ring.transform(u);
  for (std::size_t i = 0; i < 2; ++i) {
    const Modulus& modulus = ring.modulus(i);
    std::vector<double> negative(ring.degree()), difference(ring.degree());
    multiply_residues(modulus, hidden.residue(i), session.server.first().residue(i), difference);
    for (std::size_t at = 0; at < ring.degree(); ++at)
      ASSERT_EQ(modulus.residue(difference[at]), modulus.residue(first.residue(i)[at]));
    multiply_residues(modulus, hidden.residue(i), session.server.second().residue(i), negative);
    multiply_residues(modulus, negative, modulus.value - 1, difference);
    add_residues(modulus, second.residue(i), difference);
    ring.ntt(i).inverse(difference);
    for (std::size_t at = 0; at < ring.degree(); ++at) ASSERT_EQ(difference[at], e[at]);
  }
}

// −a·s + e, e centred binomial: no ciphertext and no key without its error.
TEST(ClientKey, EncryptsWithFreshErrors) {
  for (const LatticeSet set : {LatticeSet::small, LatticeSet::large}) {
    Session session(set);
    const LatticeRing& ring = session.ring;
    std::vector<std::int64_t> one(ring.degree());
    one[0] = 1;
    const auto words = session.client.multiply(one);
    const RnsPolynomial s = ring.transform(std::vector<std::int8_t>(words.begin(), words.end()));
    const RnsPolynomial a = expand_uniform(ring, session.random);
    std::vector<std::vector<double>> errors;
    for (int turn = 0; turn < 2; ++turn) {
      const RnsPolynomial digits = session.client.encrypt(a, session.random);
      for (std::size_t i = 0; i < ring.primes(); ++i) {
        const Modulus& modulus = ring.modulus(i);
        std::vector<double> error(ring.degree()), product(ring.degree());
        multiply_residues(modulus, digits.residue(i), modulus.invert(ring.fractions().digit_scale(i)), error);
        multiply_residues(modulus, a.residue(i), s.residue(i), product);
        ring.ntt(i).inverse(product);
        add_residues(modulus, product, error);
        if (i > 0) {
          ASSERT_EQ(error, errors.back());
          continue;
        }
        double squares = 0;
        for (const double x : error) {
          ASSERT_LE(std::abs(x), greatest_error);
          squares += x * x / static_cast<double>(ring.degree());
        }
        EXPECT_NEAR(squares, error_variance, 1.5);
        errors.push_back(std::move(error));
      }
    }
    EXPECT_NE(errors[0], errors[1]);
  }
}

TEST(Packing, PutsEveryOutputAtItsPlace) {
  for (const LatticeSet set : {LatticeSet::small, LatticeSet::large}) {
    Session session(set, 16);
    const LatticeRing& ring = session.ring;
    std::mt19937_64 random(8);
    for (const std::size_t r : {2, 4, 16}) {
      for (const std::size_t count : {std::size_t{1}, r - 1, r}) {
        SCOPED_TRACE(testing::Message() << "N " << ring.degree() << ", " << count << " of " << r);
        const int l = 12;
        const NoiseInput input{
            .message_bits = l, .outputs_log2 = 20, .weight_norm = 100, .square_norm = 100, .packing = r};
        const auto precision = choose_precision(ring, input, {1, 1, 1});
        ASSERT_TRUE(precision);
        std::vector<RnsPolynomial> seconds;
        std::vector<SecretVector<Word128>> firsts;
        std::vector<std::vector<std::uint64_t>> expected;
        for (std::size_t i = 0; i < count; ++i) {
          const Question question(session, l, precision->question_bits);
          expected.push_back(question.rho);
          firsts.push_back(
              to_fractions(ring, ring.fractions(), strided_coefficients(ring, question.first, 1)));
          RnsPolynomial a = question.a;
          for (std::size_t k = 0; k < ring.primes(); ++k) ring.ntt(k).inverse(a.residue(k));
          seconds.push_back(drop_last_prime(ring, a));
        }
        const PackedHalves packed = pack_answers(session.server, r, std::move(seconds));
        const auto first = to_fractions(ring, ring.packed_fractions(), packed.first);
        const auto second = to_fractions(ring, ring.packed_fractions(), packed.second);
        std::vector<std::int64_t> c1(ring.degree());
        constexpr int bits = 49;
        for (std::size_t at = 0; at < c1.size(); ++at)
          c1[at] = signed_fraction(round_fraction(second[at], bits), bits);
        const auto c1_s = session.client.multiply(c1);
        const double bound = greatest_error_of(ring, input, {precision->question_bits, 60, 60, 60});
        for (std::size_t at = 0; at < ring.degree(); ++at) {
          if (at % r >= count) continue;
          const std::uint64_t phase =
              static_cast<std::uint64_t>((first[at] + firsts[at % r][at / r * r]) >> 64) +
              (c1_s[at] << (64 - bits));
          const auto error = static_cast<std::int64_t>(phase - (expected[at % r][at / r * r] << (64 - l)));
          ASSERT_LE(std::abs(std::ldexp(static_cast<double>(error), l - 64)), bound + 0x1p-28) << at;
        }
      }
    }
  }
}

TEST(Noise, BitsAreThoseOfTheDocument) {
  const LatticeRing& ring = LatticeRing::of(LatticeSet::small);
  const NoiseInput input{
      .message_bits = 14, .outputs_log2 = 20, .weight_norm = 1152, .square_norm = 9216, .packing = 32};
  const auto precision = choose_precision(ring, input, {4096, 4096, 4096});
  ASSERT_TRUE(precision);
  EXPECT_LT(greatest_error_of(ring, input, *precision), 0.5);
  // 2^20 coefficients count for 2^10.
  const auto leak = [&](int bits) {
    return std::log2(1.1 * mean_noise(ring, input, bits)) + 14 + precision->gap_bits + 10;
  };
  EXPECT_LE(leak(precision->question_bits), -41);
  EXPECT_GT(leak(precision->question_bits - 1), -41);
  EXPECT_NEAR(std::log2(statistical_distance(ring, input, *precision)), leak(precision->question_bits), 0.01);
  const auto beyond_the_worst = [&](const NoiseInput& of, const Precision& bits) {
    return -std::log2(greatest_noise(ring, of, bits.question_bits)) - of.message_bits - bits.gap_bits;
  };
  EXPECT_GE(beyond_the_worst(input, *precision), 40);
  // Of one coefficient the worst case asks for more than the mean does.
  NoiseInput alone = input;
  alone.outputs_log2 = 0;
  const auto for_one = choose_precision(ring, alone, {4096, 4096, 4096});
  ASSERT_TRUE(for_one);
  EXPECT_GE(beyond_the_worst(alone, *for_one), 40);
  EXPECT_LE(statistical_distance(ring, alone, *for_one), 0x1p-41);
  Precision fewer = *precision;
  --fewer.second_bits;
  EXPECT_GE(greatest_error_of(ring, input, fewer), 0.5);
  EXPECT_EQ(outputs_log2_of(1), 0);
  EXPECT_EQ(outputs_log2_of(300'000), 19);
}

}  // namespace
}  // namespace privquant

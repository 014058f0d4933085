#include "lattice/keys.h"

#include <algorithm>
#include <bit>

#include "lattice/bit_string.h"
#include "lattice/sampling.h"

namespace privquant {
namespace {

constexpr std::size_t seed_bytes = sizeof(Block);

std::size_t levels_of(std::size_t most_packed) {
  PQ_CHECK(std::has_single_bit(most_packed) && most_packed <= greatest_packing);
  return static_cast<std::size_t>(std::countr_zero(most_packed));
}

std::size_t polynomial_bytes(const LatticeRing& ring) {
  return ring.degree() * static_cast<std::size_t>(ring.key_bits()) / 8;
}

// As fractions to key_bits bits, to the nearest.
void write_fractions(const LatticeRing& ring, const RnsPolynomial& digits, BitStringWriter& out) {
  const Fractions& fractions = ring.fractions();
  const int dropped = 128 - ring.key_bits();
  const Word128 half = dropped == 0 ? Word128{0} : Word128{1} << (dropped - 1);
  for (std::size_t at = 0; at < ring.degree(); ++at) {
    Word128 fraction = half;
    for (std::size_t i = 0; i < ring.primes(); ++i)
      fraction += fractions.of_digit(i, ring.modulus(i).residue(digits.residue(i)[at]));
    out.append(fraction >> dropped, ring.key_bits());
  }
}

RnsPolynomial read_fractions(const LatticeRing& ring, BitStringReader& in) {
  const Fractions::ToResidues convert(ring.fractions(), ring.key_bits());
  RnsPolynomial result(ring.degree(), ring.primes());
  for (std::size_t at = 0; at < ring.degree(); ++at) {
    const Word128 fraction = in.take(ring.key_bits());
    for (std::size_t i = 0; i < ring.primes(); ++i)
      result.residue(i)[at] = ring.modulus(i).balanced(convert.residue(i, fraction));
  }
  ring.forward(result);
  return result;
}

Prg stream_of(Bytes seed) {
  Block block;
  std::copy_n(seed.data(), seed_bytes, reinterpret_cast<std::uint8_t*>(&block));
  return Prg(block);
}

}  // namespace

RnsPolynomial expand_uniform(const LatticeRing& ring, Prg& stream) {
  RnsPolynomial result(ring.degree(), ring.primes());
  for (std::size_t i = 0; i < ring.primes(); ++i) sample_uniform(stream, ring.modulus(i), result.residue(i));
  return result;
}

std::size_t keys_bytes(const LatticeRing& ring, std::size_t most_packed) {
  return seed_bytes + polynomial_bytes(ring) * (1 + levels_of(most_packed) * (ring.primes() - 1));
}

ClientKey::ClientKey(const LatticeRing& ring, Prg& random)
    : ring_(&ring), secret_(ring.degree()), transformed_(ring.degree(), ring.primes()) {
  const auto usable = [&] {
    const auto nonzero = static_cast<std::size_t>(std::count_if(
        secret_.begin(), secret_.end(), [](std::int8_t coefficient) { return coefficient != 0; }));
    bool invertible = true;
    for (std::size_t i = 0; i < ring.primes(); ++i) {
      const auto values = transformed_.residue(i);
      invertible = invertible && std::find(values.begin(), values.end(), 0.0) == values.end();
    }
    return nonzero <= ring.most_nonzero() && invertible;
  };
  do {
    sample_ternary(random, secret_);
    transformed_ = ring.transform(secret_);
  } while (!usable());
}

RnsPolynomial ClientKey::encrypt(const RnsPolynomial& a, Prg& random, const RnsPolynomial* extra) const {
  const std::size_t degree = ring_->degree();
  SecretVector<std::int8_t> errors(degree);
  sample_errors(random, errors);
  RnsPolynomial result(degree, ring_->primes());
  SecretVector<double> summand(degree);
  for (std::size_t i = 0; i < ring_->primes(); ++i) {
    const Modulus& modulus = ring_->modulus(i);
    const std::uint64_t scale = ring_->fractions().digit_scale(i);
    const auto out = result.residue(i);
    multiply_residues(modulus, a.residue(i), transformed_.residue(i), out);
    ring_->ntt(i).inverse(out, modulus.value - scale);
    std::copy(errors.begin(), errors.end(), summand.begin());
    if (extra != nullptr) add_residues(modulus, extra->residue(i), summand);
    multiply_residues(modulus, summand, scale, summand);
    add_residues(modulus, summand, out);
  }
  return result;
}

WireBuffer ClientKey::publish(std::size_t most_packed, Prg& random) const {
  const LatticeRing& ring = *ring_;
  WireBuffer message(keys_bytes(ring, most_packed));
  const Block seed = random.block();
  std::copy_n(reinterpret_cast<const std::uint8_t*>(&seed), seed_bytes, message.data());
  Prg stream(seed);
  BitStringWriter out(MutableBytes(message).subspan(seed_bytes));
  write_fractions(ring, encrypt(expand_uniform(ring, stream), random), out);
  const std::size_t digits = ring.primes() - 1;
  const std::uint64_t divisor = ring.modulus(digits).value;
  SecretVector<std::int8_t> rotated(ring.degree());
  for (std::size_t r = 2; r <= most_packed; r *= 2) {
    apply_automorphism<std::int8_t>(r, secret_, rotated);
    for (std::size_t digit = 0; digit < digits; ++digit) {
      RnsPolynomial extra = RnsPolynomial::zeros(ring.degree(), ring.primes());
      std::copy(rotated.begin(), rotated.end(), extra.residue(digit).begin());
      multiply_residues(ring.modulus(digit), extra.residue(digit), divisor % ring.modulus(digit).value,
                        extra.residue(digit));
      write_fractions(ring, encrypt(expand_uniform(ring, stream), random, &extra), out);
    }
  }
  out.finish();
  return message;
}

SecretVector<std::uint64_t> ClientKey::multiply(std::span<const std::int64_t> c) const {
  // |c · s| ≤ 2^48 · 2^13: two primes hold it with its sign.
  const std::size_t degree = ring_->degree();
  PQ_CHECK(c.size() == degree);
  std::array<SecretVector<double>, 2> residues;
  for (std::size_t i = 0; i < 2; ++i) {
    residues[i].resize(degree);
    std::transform(c.begin(), c.end(), residues[i].begin(),
                   [](std::int64_t x) { return static_cast<double>(x); });
    ring_->ntt(i).forward(residues[i]);
    multiply_residues(ring_->modulus(i), residues[i], transformed_.residue(i), residues[i]);
    ring_->ntt(i).inverse(residues[i]);
  }
  // x = x0 + p0 · [(x1 − x0)/p0 mod p1], balanced.
  const Modulus& modulus = ring_->modulus(1);
  const std::uint64_t p0 = ring_->modulus(0).value;
  SecretVector<double> difference(degree);
  for (std::size_t i = 0; i < degree; ++i) difference[i] = -residues[0][i];
  add_residues(modulus, residues[1], difference);
  multiply_residues(modulus, difference, modulus.invert(p0 % modulus.value), difference);
  SecretVector<std::uint64_t> result(degree);
  for (std::size_t i = 0; i < degree; ++i)
    result[i] = static_cast<std::uint64_t>(static_cast<std::int64_t>(residues[0][i])) +
                p0 * static_cast<std::uint64_t>(static_cast<std::int64_t>(difference[i]));
  return result;
}

ServerKeys::ServerKeys(const LatticeRing& ring, std::size_t most_packed, Bytes message)
    : ring_(&ring), first_(ring.degree(), ring.primes()), second_(ring.degree(), ring.primes()) {
  if (message.size() != keys_bytes(ring, most_packed))
    fail(ErrorCode::peer, "keys of {} bytes where {} were expected", message.size(),
         keys_bytes(ring, most_packed));
  Prg stream = stream_of(message);
  BitStringReader in(message.subspan(seed_bytes));
  second_ = expand_uniform(ring, stream);
  first_ = read_fractions(ring, in);
  for (std::size_t r = 2; r <= most_packed; r *= 2) {
    PackingKey& key = packing_.emplace_back();
    for (std::size_t digit = 0; digit + 1 < ring.primes(); ++digit) {
      key.second.push_back(expand_uniform(ring, stream));
      key.first.push_back(read_fractions(ring, in));
    }
  }
}

const PackingKey& ServerKeys::packing(std::size_t r) const {
  PQ_CHECK(r >= 2 && r <= most_packed());
  return packing_[static_cast<std::size_t>(std::countr_zero(r)) - 1];
}

}  // namespace privquant

#include "mpc/direct_products.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace privquant {
namespace {

std::size_t size(int value) { return static_cast<std::size_t>(value); }

std::size_t channels_in_group(const ConvolutionShape& s) { return size(s.in_channels / s.groups); }

}  // namespace

bool DirectProducts::fit(const LatticeLayer& layer) {
  return std::ldexp(static_cast<double>(layer.shape.fan_in()), layer.weight_bits - 1) < most_summed_weight;
}

bool DirectProducts::suit(const LatticeLayer& layer, const LatticePlan& plan, std::size_t blocks) {
  // A transform of weights takes as long as 16 terms, its products with a block as long as 12 (bench_kernels, lattice_layer).
  // A polynomial of the answer that holds r < blocks outputs needs it again.
  const std::size_t transforms = ceil_div(blocks, plan.packing);
  const std::size_t parts = ceil_div(lanes_of(layer.shape) / size(layer.shape.groups), plan.packing);
  return fit(layer) && layer.shape.fan_in() * blocks <= parts * (16 * transforms + 12 * blocks);
}

DirectProducts::DirectProducts(const LatticeRing& ring, const LatticeLayer& layer, const LatticePlan& plan,
                               const LatticeTiles& tiles, std::span<const std::int16_t> weights)
    : ring_(ring),
      layer_(layer),
      plan_(plan),
      tiles_(tiles),
      weights_(weights),
      most_tap_(tiles.tap(layer.shape.kernel_height - 1, layer.shape.kernel_width - 1)) {
  PQ_CHECK(fit(layer));
}

void DirectProducts::add(const RnsPolynomial& first, RnsPolynomial second) {
  const std::size_t r = plan_.packing;
  SecretVector<double> lane(ring_.degree() / r);
  for (std::size_t within = 0; within < r; ++within) {
    for (std::size_t i = 0; i < ring_.primes(); ++i) {
      for (std::size_t k = 0; k < lane.size(); ++k) lane[k] = first.residue(i)[within + r * k];
      first_.emplace_back(lane, most_tap_);
    }
  }
  for (std::size_t i = 0; i < ring_.primes(); ++i) {
    ring_.ntt(i).inverse(second.residue(i));
    second_.emplace_back(second.residue(i), r - 1 + r * most_tap_);
  }
}

std::vector<DirectProducts::Term> DirectProducts::terms_of(std::size_t group) const {
  const ConvolutionShape& s = layer_.shape;
  const std::size_t phases = size(phases_of(s));
  std::vector<Term> terms;
  terms.reserve(s.fan_in());
  for (std::size_t in = group * channels_in_group(s); in < (group + 1) * channels_in_group(s); ++in) {
    for (int ky = 0; ky < s.kernel_height; ++ky) {
      for (int kx = 0; kx < s.kernel_width; ++kx)
        terms.push_back({in * phases + size(tiles_.phase(ky, kx)), tiles_.tap(ky, kx)});
    }
  }
  return terms;
}

// place(term, prime, which): where a term's values begin.
template <typename Place>
void DirectProducts::sum(std::span<const double> weights, std::size_t terms, std::size_t count,
                         const Place& place, RnsPolynomial Sums::*half, std::span<Sums> results) const {
  SecretVector<double> low(results.size() * count), high(results.size() * count);
  std::vector<const double*> places(terms);
  for (std::size_t i = 0; i < ring_.primes(); ++i) {
    for (const std::size_t which : {0U, 1U}) {
      for (std::size_t t = 0; t < terms; ++t) places[t] = place(t, i, which);
      weighted_sums(places, weights, count, which == 0 ? low : high);
    }
    join_halves(ring_.modulus(i), low, high);
    for (std::size_t o = 0; o < results.size(); ++o)
      std::copy_n(low.begin() + static_cast<std::ptrdiff_t>(o * count), count,
                  (results[o].*half).residue(i).begin());
  }
}

std::vector<DirectProducts::Sums> DirectProducts::of(std::size_t block, std::size_t first_channel,
                                                     std::size_t channels) const {
  const ConvolutionShape& s = layer_.shape;
  const std::size_t r = plan_.packing, primes = ring_.primes(), n = ring_.degree();
  const std::size_t parts = ceil_div(lanes_of(s), r);
  const std::size_t out_in_group = size(s.out_channels / s.groups);
  std::vector<Sums> results;
  for (std::size_t i = 0; i < channels; ++i)
    results.push_back({RnsPolynomial(n / r, primes), RnsPolynomial(n, primes)});
  for (std::size_t done = 0; done < channels;) {
    const std::size_t channel = first_channel + done;
    const std::size_t group = channel / out_in_group;
    const std::size_t count = std::min(channels - done, (group + 1) * out_in_group - channel);
    const std::vector<Term> terms = terms_of(group);
    const auto rows = weights_.subspan(channel * s.fan_in(), count * s.fan_in());
    const SecretVector<double> weights(rows.begin(), rows.end());
    const auto these = std::span(results).subspan(done, count);
    // X^-e takes coefficient k + e to k.
    sum(
        weights, terms.size(), n / r,
        [&](std::size_t t, std::size_t i, std::size_t which) {
          return first_[(block * parts * r + terms[t].lane) * primes + i].half(which) + terms[t].tap;
        },
        &Sums::first, these);
    sum(
        weights, terms.size(), n,
        [&](std::size_t t, std::size_t i, std::size_t which) {
          const std::size_t part = block * parts + terms[t].lane / r;
          return second_[part * primes + i].half(which) + terms[t].lane % r + r * terms[t].tap;
        },
        &Sums::second, these);
    done += count;
  }
  return results;
}

}  // namespace privquant

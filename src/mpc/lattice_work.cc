#include "mpc/lattice_work.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "lattice/ring.h"
#include "mpc/direct_products.h"

namespace privquant {
namespace {

// Counts in transforms of one prime and passes over N coefficients of one prime.
class Counter {
 public:
  explicit Counter(LatticeSet set) : ring_(LatticeRing::of(set)) {}

  double primes() const { return static_cast<double>(ring_.primes()); }
  void transforms(double count) {
    const auto degree = static_cast<double>(ring_.degree());
    work_.butterflies += count * degree / 2 * std::log2(degree);
  }
  void passes(double count) { work_.residues += count * static_cast<double>(ring_.degree()); }
  const LatticeWork& work() const { return work_; }

 private:
  const LatticeRing& ring_;
  LatticeWork work_;
};

// So many terms are added, both halves of a residue, in the time of a product of residues.
constexpr double terms_in_a_pass = 8;

double count(std::size_t value) { return static_cast<double>(value); }

}  // namespace

LatticeWork& LatticeWork::operator+=(const LatticeWork& more) {
  butterflies += more.butterflies;
  residues += more.residues;
  return *this;
}

LatticeWork lattice_work(const LatticeLayer& layer, const LatticePlan& plan) {
  Counter counter(plan.set);
  const double n = counter.primes();
  const ConvolutionShape& s = layer.shape;
  const auto out_channels = static_cast<std::size_t>(s.out_channels);
  const std::size_t lanes = lanes_of(s);
  const auto pieces = [](int whole, int part) { return static_cast<std::size_t>((whole + part - 1) / part); };
  const std::size_t blocks = pieces(s.out_height, plan.rows) * pieces(s.out_width, plan.columns);
  const double questions = count(blocks * ((lanes + plan.packing - 1) / plan.packing));
  const std::size_t in_group = lanes / static_cast<std::size_t>(s.groups);
  const double met = count((in_group + plan.packing - 1) / plan.packing);  // parts that an output reads
  const double outputs = count(out_channels * blocks);
  const double answers = count((out_channels * blocks + plan.packing - 1) / plan.packing);

  // The client draws and encrypts, the server reads.
  counter.transforms(2 * n * questions);
  counter.passes(8 * n * questions);
  // Weights and products with both halves.
  if (DirectProducts::suit(layer, plan, blocks)) {
    counter.passes(n * count(s.fan_in()) * outputs * (1 + 1 / count(plan.packing)) / terms_in_a_pass);
  } else {
    counter.transforms(n * met * std::max(count(out_channels), answers));
    counter.passes(2 * n * met * outputs);
  }
  // An encryption of zero, both halves back to coefficients.
  counter.transforms(2 * n * outputs + n * outputs / count(plan.packing));
  counter.passes(7 * n * outputs);
  // All but one output of each answer are merged into it.
  if (plan.packing > 1) {
    counter.transforms((n - 1) * n * (outputs - answers) + 2 * n * (outputs - answers));
    counter.passes(2 * (n - 1) * n * (outputs - answers) + 8 * n * (outputs - answers));
  }
  // The client opens.
  counter.transforms(4 * answers);
  counter.passes(8 * answers);
  return counter.work();
}

LatticeWork lattice_work(const LatticeKeyDemand& demand) {
  LatticeWork work;
  for (const auto& [set, packed] :
       {std::pair{LatticeSet::small, demand.small}, std::pair{LatticeSet::large, demand.large}}) {
    if (packed == 0) continue;
    Counter counter(set);
    const double n = counter.primes();
    const double keys = 1 + count(static_cast<std::size_t>(std::countr_zero(packed))) * (n - 1);
    counter.transforms(3 * n * keys);  // the client's, and both halves at the server
    counter.passes(10 * n * keys);
    work += counter.work();
  }
  return work;
}

}  // namespace privquant

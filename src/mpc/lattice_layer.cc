#include "mpc/lattice_layer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <set>

#include "base/bytes.h"
#include "base/error.h"
#include "crypto/block.h"
#include "lattice/keys.h"

namespace privquant {
namespace {

constexpr int most_ring_bits = 40;
// Beyond so many ways to cut columns, halos only grow.
constexpr int most_column_cuts = 6;

std::size_t ring_degree(LatticeSet set) { return LatticeRing::of(set).degree(); }

/// The most rows of `columns` that fit n cells, evenly divided; 0 if not even one does.
int fitting_rows(const ConvolutionShape& shape, std::size_t n, int columns) {
  // What a window takes without shared zeros, which save at most the padding; whole columns are tried by hand
  // from there.
  const int width = columns + (shape.kernel_width - 1) * shape.dilation_width / shape.stride_width;
  const int further_rows = (shape.kernel_height - 1) * shape.dilation_height / shape.stride_height;
  const int most_rows = static_cast<int>(n / static_cast<std::size_t>(width)) - further_rows;
  int most = std::clamp(most_rows, 0, shape.out_height);
  if (columns == shape.out_width) {
    int rows = most;
    while (rows < shape.out_height && LatticeTiles::make(shape, n, rows + 1, columns)) ++rows;
    if (rows < shape.out_height && LatticeTiles::make(shape, n, shape.out_height, columns))
      rows = shape.out_height;
    most = rows;
  }
  if (most == 0) return 0;
  const int cuts = (shape.out_height + most - 1) / most;
  return (shape.out_height + cuts - 1) / cuts;
}

class Search {
 public:
  explicit Search(const LatticeLayer& layer) : layer_(layer) {}

  void try_tiles(LatticeSet set, std::size_t r, int rows, int columns) {
    const std::size_t degree = ring_degree(set);
    const auto tiles = LatticeTiles::make(layer_.shape, degree / r, rows, columns);
    if (!tiles) return;
    const auto channels = static_cast<std::size_t>(layer_.shape.in_channels);
    const std::size_t outputs = static_cast<std::size_t>(layer_.shape.out_channels) * tiles->blocks().size();
    const Coefficients count{channels * tiles->cells(), ceil_div(outputs, r) * degree,
                             layer_.shape.outputs()};
    const auto precision = choose_precision(LatticeRing::of(set), noise_input_of(layer_, r), count);
    if (!precision) return;
    const auto bits = [](int x) { return static_cast<std::size_t>(x); };
    LatticePlan plan{set, r, rows, columns, *precision, 0, 0};
    plan.question_bytes =
        sizeof(Block) + ceil_div(count.question * bits(precision->question_bits) +
                                     channels * tiles->given_cells() * bits(layer_.ring.bits()),
                                 8);
    plan.answer_bytes =
        ceil_div(count.second * bits(precision->second_bits) + count.first * bits(precision->first_bits), 8);
    if (!found_ || plan.question_bytes + plan.answer_bytes < best_.question_bytes + best_.answer_bytes)
      best_ = plan;
    found_ = true;
  }

  void try_set(LatticeSet set, std::size_t most_packed) {
    const ConvolutionShape& shape = layer_.shape;
    const auto useful = std::max(lanes_of(shape), static_cast<std::size_t>(shape.out_channels));
    for (std::size_t r = 1; r <= most_packed && r < 2 * useful; r *= 2) {
      std::set<int> tried;
      for (int cuts = 1; cuts <= shape.out_width && tried.size() < most_column_cuts; ++cuts) {
        const int columns = (shape.out_width + cuts - 1) / cuts;
        const int rows = fitting_rows(shape, ring_degree(set) / r, columns);
        if (rows == 0 || !tried.insert(columns).second) continue;
        try_tiles(set, r, rows, columns);
      }
    }
  }

  bool found() const { return found_; }
  const LatticePlan& best() const { return best_; }

 private:
  const LatticeLayer& layer_;
  LatticePlan best_;
  bool found_ = false;
};

std::optional<LatticePlan> search_plan(const LatticeLayer& layer, std::size_t most_packed) {
  Search search(layer);
  search.try_set(LatticeSet::small, most_packed);
  // The large set costs more time and keys; it serves what the small one cannot hold.
  if (!search.found()) search.try_set(LatticeSet::large, most_packed);
  if (!search.found()) return std::nullopt;
  return search.best();
}

/// Layers of one network are alike, and a plan is made for several OT extensions: each search is done once.
class FoundPlans {
 public:
  std::optional<LatticePlan> get(const LatticeLayer& layer, std::size_t most_packed) {
    const Key key = key_of(layer, most_packed);
    {
      const std::lock_guard lock(mutex_);
      if (const auto known = plans_.find(key); known != plans_.end()) return known->second;
    }
    const auto plan = search_plan(layer, most_packed);
    const std::lock_guard lock(mutex_);
    if (plans_.size() >= most_kept) plans_.clear();
    plans_.emplace(key, plan);
    return plan;
  }

 private:
  using Key = std::vector<std::uint64_t>;         // all that the search depends on
  static constexpr std::size_t most_kept = 4096;  // some hundred bytes each

  static Key key_of(const LatticeLayer& layer, std::size_t most_packed) {
    const ConvolutionShape& s = layer.shape;
    Key key{layer.weight_norm, most_packed};
    for (const int number :
         {s.in_channels, s.in_height, s.in_width, s.out_channels, s.out_height, s.out_width, s.groups,
          s.kernel_height, s.kernel_width, s.stride_height, s.stride_width, s.dilation_height,
          s.dilation_width, s.pad_top, s.pad_left, layer.ring.bits(), layer.weight_bits, layer.outputs_log2})
      key.push_back(static_cast<std::uint64_t>(number));
    return key;
  }

  std::mutex mutex_;
  std::map<Key, std::optional<LatticePlan>> plans_;
};

FoundPlans& found_plans() {
  static FoundPlans plans;
  return plans;
}

}  // namespace

std::uint64_t weight_norm_of(int accumulator_bits, std::int64_t least, std::int64_t greatest) {
  PQ_CHECK(least <= 0 && greatest >= 0 && greatest > least);
  const std::uint64_t sums = Width(accumulator_bits).mask();
  return sums / (static_cast<std::uint64_t>(greatest) - static_cast<std::uint64_t>(least));
}

NoiseInput noise_input_of(const LatticeLayer& layer, std::size_t packing) {
  const double greatest = std::ldexp(1.0, layer.weight_bits - 1);
  double norm = static_cast<double>(layer.shape.fan_in()) * greatest;
  if (layer.weight_norm != 0) norm = std::min(norm, static_cast<double>(layer.weight_norm));
  return {.message_bits = layer.ring.bits(),
          .outputs_log2 = layer.outputs_log2,
          .weight_norm = norm,
          .square_norm = norm * std::min(greatest, norm),
          .packing = packing};
}

std::optional<LatticePlan> find_lattice_plan(const LatticeLayer& layer, std::size_t most_packed) {
  PQ_CHECK(most_packed <= greatest_packing);
  if (layer.ring.bits() > most_ring_bits) return std::nullopt;
  return found_plans().get(layer, most_packed);
}

LatticePlan plan_lattice_layer(const LatticeLayer& layer, std::size_t most_packed) {
  if (layer.ring.bits() > most_ring_bits)
    fail(ErrorCode::model, "a lattice layer in {} bits: {} at most", layer.ring.bits(), most_ring_bits);
  const auto plan = find_lattice_plan(layer, most_packed);
  if (!plan) fail(ErrorCode::model, "no lattice parameters hold this layer; use oblivious transfer");
  return *plan;
}

LatticeTiles tiles_of(const LatticeLayer& layer, const LatticePlan& plan) {
  auto tiles = LatticeTiles::make(layer.shape, ring_degree(plan.set) / plan.packing, plan.rows, plan.columns);
  PQ_CHECK(tiles.has_value());
  return std::move(*tiles);
}

void LatticeKeyDemand::add(const LatticePlan& plan) {
  std::size_t& most = plan.set == LatticeSet::small ? small : large;
  most = std::max(most, plan.packing);
}

void cost_lattice_keys(Cost& cost, const LatticeKeyDemand& demand) {
  std::size_t bytes = 0;
  if (demand.small != 0) bytes += keys_bytes(LatticeRing::of(LatticeSet::small), demand.small);
  if (demand.large != 0) bytes += keys_bytes(LatticeRing::of(LatticeSet::large), demand.large);
  cost.message(Role::client, bytes);
}

void cost_prepare_masked_linears(Cost& cost, std::size_t question_bytes, std::size_t answer_bytes) {
  cost.message(Role::client, question_bytes);
  cost.message(Role::server, answer_bytes);
}

void cost_masked_linear(Cost& cost, const LatticeLayer& layer, const LatticePlan& plan) {
  cost.prepared[index_of(Role::client)] += plan.question_bytes;
  cost.prepared[index_of(Role::server)] += plan.answer_bytes;
  cost.message(Role::client, layer.ring.packed_bytes(layer.shape.inputs()));
}

}  // namespace privquant

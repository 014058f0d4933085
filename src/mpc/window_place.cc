#include "mpc/window_place.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "mpc/and_gate.h"
#include "mpc/public_constant.h"
#include "ot/prices.h"
#include "ring/arithmetic.h"

namespace privquant {
namespace {

// At once: bits of the lookup's entries.
constexpr unsigned inside_without = 1;  // inside, if no carry comes in
constexpr unsigned over_without = 2;    // over, likewise
constexpr unsigned inside_changes = 4;  // whether a carry changes inside
constexpr unsigned over_changes = 8;
constexpr int whole_outputs = 4;

unsigned whole_entry(int bits, unsigned server, unsigned client) {
  const auto mask = static_cast<unsigned>(Width(bits).mask());
  const auto place = [&](unsigned sum) {
    const unsigned quotient = sum & mask;
    const bool over = quotient != 0 && quotient >> (bits - 1) == 0;
    return (quotient == 0 ? inside_without : 0) | (over ? over_without : 0);
  };
  const unsigned without = place(server + client);
  return without | (without ^ place(server + client + 1)) << 2;
}

// By digits: likewise; of one bit the carry alone.
constexpr unsigned digit_carry = 1;
constexpr unsigned digit_zero = 2;
constexpr unsigned digit_ones = 4;
constexpr int most_digit_bits = 5;
constexpr std::size_t most_digits = 3;

int digit_outputs(int bits) { return bits == 1 ? 1 : 3; }

unsigned digit_entry(int bits, unsigned server, unsigned client) {
  const unsigned sum = server + client;
  const auto mask = static_cast<unsigned>(Width(bits).mask());
  const unsigned carry = sum > mask ? digit_carry : 0;
  if (bits == 1) return carry;
  return carry | ((sum & mask) == 0 ? digit_zero : 0) | (sum == mask ? digit_ones : 0);
}

RingTensor entry_bit(const LookupShares& shares, unsigned bit) {
  return convert(shift_right(shares.bits, std::countr_zero(bit)), bit_width);
}

RingTensor negation(const Party& party, const RingTensor& bits) { return add_public(party, bits, 1); }

}  // namespace

WindowPlace::WindowPlace(int bits, bool with_carry, std::vector<int> digits)
    : bits_(bits), with_carry_(with_carry), digits_(std::move(digits)) {
  PQ_CHECK(digits_.empty() || std::accumulate(digits_.begin(), digits_.end(), 1) == bits);
}

WindowPlace::WindowPlace(const ProtocolChoices& choices, int bits, bool with_carry, std::size_t count)
    : WindowPlace(bits, with_carry, {}) {
  PQ_CHECK(bits >= 1 && bits <= max_choice_bits);
  double least = price(choices, count);
  const int below = bits - 1;
  for (std::size_t digits = 1; digits <= std::min<std::size_t>(most_digits, below); ++digits) {
    // As even as can be.
    std::vector<int> split;
    for (std::size_t i = 0; i < digits; ++i) split.push_back(static_cast<int>((below + i) / digits));
    if (split.back() > most_digit_bits) continue;
    const WindowPlace way(bits, with_carry, split);
    if (const double other = way.price(choices, count); other < least) {
      least = other;
      digits_ = split;
    }
  }
}

double WindowPlace::price(const ProtocolChoices& choices, std::size_t count) const {
  return price_per_element(choices, count, [&](Cost& cost, std::size_t elements) {
    cost_two_way_lookups(cost, lookup_sizes(elements));
    for (const auto& [gates, pairs] : levels()) cost_and_level(cost, gates * elements, pairs * elements);
  });
}

std::vector<TwoWayLookupSize> WindowPlace::lookup_sizes(std::size_t count) const {
  if (bits_ == 1) return {};
  if (digits_.empty()) return {{bits_, {whole_outputs}, count}};
  std::vector<TwoWayLookupSize> sizes;
  for (const int digit : digits_) sizes.push_back({digit, {digit_outputs(digit)}, count});
  return sizes;
}

std::vector<TwoWayLookup> WindowPlace::lookups(const RingTensor& top) const {
  PQ_CHECK(top.width().bits() == bits_);
  std::vector<TwoWayLookup> lookups;
  if (bits_ == 1) return lookups;
  const auto look_up = [&](int bits, int outputs, auto entry, const RingTensor& numbers) {
    lookups.emplace_back(
        bits, LookupFunction::Outputs{outputs},
        [&](unsigned server, unsigned client) { return entry(bits, server, client); }, numbers);
  };
  if (digits_.empty()) {
    look_up(bits_, whole_outputs, whole_entry, top);
    return lookups;
  }
  int at = 0;
  for (const int digit : digits_) {
    look_up(digit, digit_outputs(digit), digit_entry, convert(shift_right(top, at), Width(digit)));
    at += digit;
  }
  return lookups;
}

std::vector<GateLevel> WindowPlace::levels() const {
  const std::size_t carried = with_carry_ ? 1 : 0;
  if (bits_ == 1) return carried > 0 ? std::vector<GateLevel>{{1, 0}} : std::vector<GateLevel>{};
  if (digits_.empty()) return {{carried, 1}};
  std::vector<GateLevel> levels(digits_.size(), {0, 1});
  levels.insert(levels.end(), digits_.size(), {1 - carried, carried});
  return levels;
}

WindowPlace::Place WindowPlace::find(Party& party, const RingTensor& top,
                                     const std::vector<LookupShares>& looked_up, const RingTensor& carry,
                                     const std::function<void()>& meanwhile) const {
  PQ_CHECK(looked_up.size() == lookup_sizes(0).size());
  if (bits_ == 1) return find_by_sign(party, top, carry, meanwhile);
  if (digits_.empty()) return find_at_once(party, looked_up[0], carry, meanwhile);
  return find_by_digits(party, top, looked_up, carry, meanwhile);
}

// q is 0 or −1.
WindowPlace::Place WindowPlace::find_by_sign(Party& party, const RingTensor& top, const RingTensor& carry,
                                             const std::function<void()>& meanwhile) const {
  Place place{negation(party, add(top, carry)), RingTensor::zeros(bit_width, top.size()), no_bits()};
  if (with_carry_) {
    AndOpening level(party, carry, top);
    meanwhile();
    place.inside_with_carry = level.finish(party).product;
  }
  return place;
}

WindowPlace::Place WindowPlace::find_at_once(Party& party, const LookupShares& entries,
                                             const RingTensor& carry,
                                             const std::function<void()>& meanwhile) const {
  const RingTensor changes = entry_bit(entries, inside_changes);
  const RingTensor without = entry_bit(entries, inside_without);
  AndOpening level(party, with_carry_ ? carry : no_bits(), with_carry_ ? add(without, changes) : no_bits(),
                   carry, changes, entry_bit(entries, over_changes));
  meanwhile();
  AndLevel selected = level.finish(party);
  return {add(without, selected.product0), add(entry_bit(entries, over_without), selected.product1),
          std::move(selected.product)};
}

WindowPlace::Place WindowPlace::find_by_digits(Party& party, const RingTensor& top,
                                               const std::vector<LookupShares>& looked_up,
                                               const RingTensor& carry,
                                               const std::function<void()>& meanwhile) const {
  std::vector<RingTensor> zeros;
  RingTensor entering = carry;
  RingTensor carry_and_ones = no_bits();  // of the lowest digit: the sum's is 0, and a carry came in
  int at = 0;
  for (std::size_t i = 0; i < digits_.size(); ++i) {
    const LookupShares& entries = looked_up[i];
    // The sum of two bits is what it is without a lookup.
    const RingTensor ones =
        digits_[i] == 1 ? convert(shift_right(top, at), bit_width) : entry_bit(entries, digit_ones);
    const RingTensor zero = digits_[i] == 1 ? negation(party, ones) : entry_bit(entries, digit_zero);
    AndOpening level(party, no_bits(), no_bits(), entering, ones, zero);
    if (i == 0) meanwhile();
    const AndLevel with = level.finish(party);
    zeros.push_back(add(zero, add(with.product0, with.product1)));
    entering = add(entry_bit(entries, digit_carry), with.product0);
    if (i == 0) carry_and_ones = with.product0;
    at += digits_[i];
  }
  const RingTensor positive = negation(party, add(convert(shift_right(top, at), bit_width), entering));
  zeros.push_back(positive);
  RingTensor inside = std::move(zeros.front());
  RingTensor with_carry = std::move(carry_and_ones);
  for (std::size_t i = 1; i < zeros.size(); ++i) {
    if (with_carry_) {
      AndLevel level = and_level(party, no_bits(), no_bits(), zeros[i], inside, with_carry);
      inside = std::move(level.product0);
      with_carry = std::move(level.product1);
    } else {
      inside = and_gate(party, inside, zeros[i]);
    }
  }
  RingTensor over = add(positive, inside);
  if (!with_carry_) with_carry = no_bits();
  return {std::move(inside), std::move(over), std::move(with_carry)};
}

}  // namespace privquant

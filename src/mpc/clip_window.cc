#include "mpc/clip_window.h"

#include <vector>

#include "mpc/millionaires.h"
#include "mpc/multiplex.h"
#include "mpc/public_constant.h"
#include "mpc/relu.h"
#include "mpc/requantise.h"
#include "mpc/two_way_lookup.h"
#include "ot/prices.h"

namespace privquant {
namespace {

struct ClipShape {
  Width width;
  int bits;
  Width to;

  int high_bits() const { return width.bits() - bits; }
  int choice_bits() const { return high_bits() + 1; }
  std::uint64_t highest() const { return Width(bits).mask(); }
  /// A window that reaches the ring's greatest value cannot be exceeded.
  bool can_exceed() const { return high_bits() > 1; }
};

// Two ReLUs; one lookup after the wrap that shares `over` as a bit or as a number; or a requantisation by no shift.
enum class Construction { relus, bits, numbers, unshifted };

LookupFunction::Outputs outputs_of(Construction construction, const ClipShape& shape) {
  if (construction == Construction::numbers) return {1, shape.to};
  return {shape.can_exceed() ? 2 : 1};
}

void cost_relus(Cost& cost, const ClipShape& shape, std::size_t count) {
  if (shape.can_exceed()) cost_relu(cost, shape.width, count);
  cost_relu(cost, shape.width, shape.to, count);
}

void cost_lookup(Cost& cost, const ClipShape& shape, Construction construction, std::size_t count) {
  cost_wrap(cost, Width(shape.bits), count);
  cost_two_way_lookups(cost, {{shape.choice_bits(), outputs_of(construction, shape), count}});
  if (construction == Construction::bits && shape.can_exceed()) {
    cost_multiplex_and_b2a(cost, shape.to, shape.to, count);
  } else {
    cost_multiplex(cost, shape.to, count);
  }
}

// The cost does not depend on where the window begins.
Requantisation unshifted(const ClipShape& shape, std::int64_t low = 0) {
  return {0, {low, shape.bits}, false};
}

void cost_of(Cost& cost, const ClipShape& shape, Construction construction, std::size_t count) {
  if (construction == Construction::relus) return cost_relus(cost, shape, count);
  if (construction == Construction::unshifted)
    return cost_requantise(cost, shape.width, unshifted(shape), shape.to, count);
  cost_lookup(cost, shape, construction, count);
}

std::vector<Construction> constructions_of(const ClipShape& shape) {
  std::vector<Construction> constructions{Construction::relus};
  if (shape.choice_bits() <= max_choice_bits) {
    // In Z_2 a bit is a number already.
    if (!(shape.to == bit_width && shape.can_exceed())) constructions.push_back(Construction::bits);
    if (shape.can_exceed() && shape.to.bits() < 64) constructions.push_back(Construction::numbers);
  }
  if (supports(unshifted(shape), shape.width)) constructions.push_back(Construction::unshifted);
  return constructions;
}

Construction cheapest(const ProtocolChoices& choices, const ClipShape& shape, std::size_t count) {
  const auto price = [&](Construction construction) {
    return price_per_element(choices, count, [&](Cost& cost, std::size_t elements) {
      cost_of(cost, shape, construction, elements);
    });
  };
  Construction best = Construction::relus;
  double least = price(best);
  for (const Construction construction : constructions_of(shape)) {
    if (const double other = price(construction); other < least) {
      least = other;
      best = construction;
    }
  }
  return best;
}

RingTensor clip_by_relus(Party& party, const RingTensor& t, const ClipShape& shape) {
  if (!shape.can_exceed()) return relu(party, t, shape.to);
  const RingTensor room = add_public(party, negate(relu(party, t)), shape.highest());
  return add_public(party, negate(relu(party, room, shape.to)), shape.highest());
}

// Shares of inside, and of over as bits or numbers.
LookupShares locate(Party& party, const RingTensor& t, const ClipShape& shape, Construction construction) {
  const RingTensor carry = wrap(party, convert(t, Width(shape.bits)));
  const Width digit(shape.choice_bits());
  const RingTensor own =
      add(convert(shift_right(t, shape.bits), digit), shift_left(convert(carry, digit), shape.high_bits()));
  const int high = shape.high_bits();
  const auto value = [&](unsigned y, unsigned v) {
    const auto mask = static_cast<unsigned>(Width(high).mask());
    const unsigned quotient = (y + v + ((y ^ v) >> high)) & mask;
    const unsigned over = quotient != 0 && quotient >> (high - 1) == 0 ? 1 : 0;
    return (quotient == 0 ? 1U : 0U) | over << 1;
  };
  const TwoWayLookup lookup(digit.bits(), outputs_of(construction, shape), value, own);
  return std::move(two_way_lookups(party, {lookup})[0]);
}

}  // namespace

RingTensor clip_window(Party& party, const RingTensor& x, const ClipWindow& window, Width to) {
  PQ_CHECK(window.bits >= 1 && window.bits < x.width().bits() && to <= x.width());
  const ClipShape shape{x.width(), window.bits, to};
  const auto low = static_cast<std::uint64_t>(window.low);
  const Construction construction = cheapest(party.choices, shape, x.size());
  if (construction == Construction::unshifted) return requantise(party, x, unshifted(shape, window.low), to);
  const RingTensor t = add_public(party, x, 0 - low);
  if (construction == Construction::relus) return add_public(party, clip_by_relus(party, t, shape), low);

  const LookupShares shares = locate(party, t, shape, construction);
  const RingTensor inside = convert(shares.bits, bit_width);
  const RingTensor narrow = convert(t, to);
  if (!shape.can_exceed()) return add_public(party, multiplex(party, inside, narrow), low);
  RingTensor result(to, 0);
  RingTensor over(to, 0);
  if (construction == Construction::numbers) {
    result = multiplex(party, inside, narrow);
    over = shares.numbers;
  } else {
    auto both = multiplex_and_b2a(party, inside, narrow, {sign_bits(shares.bits), to});
    result = std::move(both.product);
    over = std::move(both.converted);
  }
  return add_public(party, add(result, multiply_constant(over, shape.highest())), low);
}

void cost_clip_window(Cost& cost, Width width, const ClipWindow& window, Width to, std::size_t count) {
  const ClipShape shape{width, window.bits, to};
  cost_of(cost, shape, cheapest(cost.choices, shape, count), count);
}

}  // namespace privquant

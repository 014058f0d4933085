#include "mpc/requantise.h"

#include <optional>
#include <vector>

#include "mpc/and_gate.h"
#include "mpc/bit_product.h"
#include "mpc/extend.h"
#include "mpc/millionaires.h"
#include "mpc/multiplex.h"
#include "mpc/public_constant.h"
#include "mpc/window_place.h"
#include "ot/cot.h"
#include "ot/prices.h"

namespace privquant {
namespace {

struct Shape {
  Width width;
  int shift;
  int bits;
  bool saturates;
  Width to;

  int top_bits() const { return width.bits() - shift - bits; }
  Width carried() const { return Width(shift + bits); }
  bool has_carry() const { return shift > 0; }
  /// Of one top bit nothing can exceed the window.
  bool can_exceed() const { return top_bits() > 1; }
  /// Whether the shares of the shifted value are too short for the target's ring.
  bool widens() const { return to.bits() > width.bits() - shift; }
  Width beyond() const { return Width(to.bits() - bits); }
  std::uint64_t highest() const { return Width(bits).mask(); }
  /// With a ring in which the result's msb is 0.
  Shape narrow() const { return {width, shift, bits, saturates, Width(bits + 1)}; }
};

Shape shape_of(const Requantisation& requantisation, Width width, Width to) {
  return {width, requantisation.shift, requantisation.window.bits, requantisation.saturates, to};
}

// A b2a in three steps, which share their flights with other messages. In Z_2 a bit is a number already.
class Conversion {
 public:
  Conversion(const Party& party, const RingTensor& bits, Width width) : request_{bits, width} {
    if (width != bit_width) operand_ = b2a_operand(party, request_);
  }
  /// The client's choices.
  void begin(Party& party) {
    if (operand_ && !party.is_server()) receiver_.emplace(party, operand_->operand, operand_->width);
  }
  /// The server's answer.
  void answer(Party& party) {
    if (operand_ && party.is_server()) product_ = cot_send(party, operand_->operand);
  }
  RingTensor finish(Party& party) {
    if (!operand_) return request_.bits;
    if (receiver_) product_ = receiver_->finish(party);
    return b2a_result(request_, product_);
  }

 private:
  B2aRequest request_;
  std::optional<BitProduct> operand_;
  std::optional<CotReceiver> receiver_;
  RingTensor product_{bit_width, 0};
};

// This party's number of the shifted value, without the carry.
RingTensor own_number(const RingTensor& t, const Shape& shape) {
  const RingTensor shifted = shift_right(t, shape.shift);
  return convert(shape.widens() ? convert(shifted, Width(shape.bits)) : shifted, shape.to);
}

RingTensor top_digit(const RingTensor& t, const Shape& shape) {
  return convert(shift_right(t, shape.shift + shape.bits), Width(shape.top_bits()));
}

ComparedParts compare(Party& party, const RingTensor& t, const Shape& shape,
                      std::vector<TwoWayLookup> also = {}) {
  return compare_parts(party, wrap_operand(party.role, convert(t, shape.carried())), shape.shift,
                       std::move(also));
}

std::vector<TwoWayLookup> compare_lookups(const Party& party, const RingTensor& t, const Shape& shape,
                                          std::vector<TwoWayLookup> also) {
  return compare_parts_lookups(party.choices, wrap_operand(party.role, convert(t, shape.carried())),
                               shape.shift, std::move(also));
}

WindowPlace place_of(const ProtocolChoices& choices, const Shape& shape, std::size_t count) {
  return {choices, shape.top_bits(), shape.widens(), count};
}

// min(⌊x / 2^s⌋, 2^b − 1): only 2^b, whose top bit is set, is changed.
RingTensor saturate(Party& party, const RingTensor& x, const Shape& shape) {
  ComparedParts parts = compare(party, x, shape);
  RingTensor carried = std::move(parts.less);
  if (shape.has_carry()) add_in_place(carried, and_gate(party, parts.equal, parts.low));
  std::vector<B2aRequest> requests{{add(top_digit(x, shape), carried), shape.to}};
  if (shape.has_carry()) requests.push_back({std::move(parts.low), shape.to});
  if (shape.widens()) requests.push_back({std::move(carried), shape.beyond()});
  const std::vector<RingTensor> shares = b2a(party, requests);
  RingTensor result = own_number(x, shape);
  if (shape.has_carry()) add_in_place(result, shares[1]);
  if (!shape.widens()) return subtract(result, shares[0]);
  subtract_in_place(result, shift_left(convert(shares.back(), shape.to), shape.bits));
  return add(result, multiply_constant(shares[0], shape.highest()));
}

// 0 ≤ ⌊t / 2^s⌋ < 2^b stays, what is greater becomes 2^b − 1, what is less 0.
RingTensor clip(Party& party, const RingTensor& t, const Shape& shape) {
  const RingTensor top = top_digit(t, shape);
  const WindowPlace where = place_of(party.choices, shape, t.size());
  ComparedParts parts = compare(party, t, shape, where.lookups(top));
  RingTensor carried = std::move(parts.less);
  RingTensor number = own_number(t, shape);
  std::optional<Conversion> carry;
  if (shape.has_carry()) {
    AndOpening join(party, parts.equal, parts.low);
    carry.emplace(party, parts.low, shape.to);
    carry->begin(party);
    add_in_place(carried, join.finish(party).product);
    carry->answer(party);
  }
  // The client reads the answer before anything that the server sent later.
  const auto add_carry = [&] {
    if (carry) add_in_place(number, carry->finish(party));
  };
  const auto [inside, over, borrow] = where.find(party, top, parts.lookups, carried, add_carry);

  CotReceiver gate(party, inside, shape.to);
  std::optional<Conversion> highest;
  std::optional<Conversion> beyond;
  if (shape.can_exceed()) highest.emplace(party, over, shape.to).begin(party);
  if (shape.widens()) beyond.emplace(party, borrow, shape.beyond()).begin(party);
  if (where.levels().empty()) add_carry();
  RingTensor result = multiplex_send(party, inside, number);
  if (highest) highest->answer(party);
  if (beyond) beyond->answer(party);
  add_in_place(result, gate.finish(party));
  if (highest) add_in_place(result, multiply_constant(highest->finish(party), shape.highest()));
  if (beyond) subtract_in_place(result, shift_left(convert(beyond->finish(party), shape.to), shape.bits));
  return result;
}

CotCost conversion_cost(Cost& cost, Width width, std::size_t count) {
  if (width == bit_width) return {1, 0, 0, 0};
  const CotCost cot = cot_cost(cost.choices, Width(width.bits() - 1), count);
  cost.demand.ots(Role::server, cot.choice_bits) += cot.ots;
  return cot;
}

void cost_saturate(Cost& cost, const Shape& shape, std::size_t count) {
  cost_compare_parts(cost, shape.carried(), shape.shift, {}, count);
  std::vector<B2aSize> requests{{shape.to, count}};
  if (shape.has_carry()) {
    cost_and_level(cost, count, 0);
    requests.push_back({shape.to, count});
  }
  if (shape.widens()) requests.push_back({shape.beyond(), count});
  cost_b2a(cost, requests);
}

void cost_clip(Cost& cost, const Shape& shape, std::size_t count) {
  const WindowPlace where = place_of(cost.choices, shape, count);
  cost_compare_parts(cost, shape.carried(), shape.shift, where.lookup_sizes(count), count);
  std::size_t answer = 0;
  if (shape.has_carry()) {
    const CotCost carry = conversion_cost(cost, shape.to, count);
    const std::size_t opened = and_level_bytes(count, 0);
    cost.demand.triples += count;
    cost.exchange(opened, opened + carry.choice_bytes);
    answer = carry.message_bytes;
  }
  for (const auto& [gates, pairs] : where.levels()) {
    const std::size_t opened = and_level_bytes(gates * count, pairs * count);
    cost.demand.triples += gates * count;
    cost.demand.triple_pairs += pairs * count;
    cost.exchange(answer + opened, opened);
    answer = 0;
  }
  const CotCost gate = cot_cost(cost.choices, shape.to, count);
  for (const Role sender : {Role::server, Role::client})
    cost.demand.ots(sender, gate.choice_bits) += gate.ots;
  const CotCost nothing{1, 0, 0, 0};
  const CotCost highest = shape.can_exceed() ? conversion_cost(cost, shape.to, count) : nothing;
  const CotCost beyond = shape.widens() ? conversion_cost(cost, shape.beyond(), count) : nothing;
  cost.exchange(answer + gate.choice_bytes, gate.choice_bytes + highest.choice_bytes + beyond.choice_bytes);
  cost.exchange(gate.message_bytes + highest.message_bytes + beyond.message_bytes, gate.message_bytes);
}

// Straight into the target's ring, or into one of b + 1 bits and from there by the known msb.
enum class Way { direct, extended };

void cost_way(Cost& cost, const Shape& shape, Way way, std::size_t count) {
  const Shape first = way == Way::direct ? shape : shape.narrow();
  if (shape.saturates) {
    cost_saturate(cost, first, count);
  } else {
    cost_clip(cost, first, count);
  }
  if (way == Way::extended) cost_extend(cost, first.to, shape.to, count, KnownMsb::zero);
}

Way cheapest(const ProtocolChoices& choices, const Shape& shape, std::size_t count) {
  if (shape.to <= shape.narrow().to) return Way::direct;
  const auto price = [&](Way way) {
    return price_per_element(choices, count,
                             [&](Cost& cost, std::size_t elements) { cost_way(cost, shape, way, elements); });
  };
  return price(Way::direct) <= price(Way::extended) ? Way::direct : Way::extended;
}

// The ring of the result before it is extended, if it is.
Shape first_shape(const ProtocolChoices& choices, const Requantisation& requantisation, const RingTensor& x,
                  Width to) {
  const Shape shape = shape_of(requantisation, x.width(), to);
  return cheapest(choices, shape, x.size()) == Way::direct ? shape : shape.narrow();
}

RingTensor above_low(const Party& party, const RingTensor& x, const Requantisation& requantisation) {
  return add_public(party, x,
                    0 - (static_cast<std::uint64_t>(requantisation.window.low) << requantisation.shift));
}

}  // namespace

bool supports(const Requantisation& requantisation, Width width) {
  const auto& [shift, window, saturates] = requantisation;
  const int top = width.bits() - shift - window.bits;
  if (shift < 0 || window.bits < 1 || top < 1) return false;
  return saturates ? top == 1 && window.low == 0 : top <= max_choice_bits;
}

RingTensor requantise(Party& party, const RingTensor& x, const Requantisation& requantisation, Width to) {
  PQ_CHECK(supports(requantisation, x.width()));
  const auto low = static_cast<std::uint64_t>(requantisation.window.low);
  const RingTensor t = above_low(party, x, requantisation);
  const Shape shape = first_shape(party.choices, requantisation, x, to);
  RingTensor result = shape.saturates ? saturate(party, t, shape) : clip(party, t, shape);
  if (shape.to != to) result = zero_extend(party, result, to, KnownMsb::zero);
  return add_public(party, result, low);
}

std::vector<TwoWayLookup> requantise_lookups(const Party& party, const RingTensor& x,
                                             const Requantisation& requantisation, Width to) {
  const RingTensor t = above_low(party, x, requantisation);
  const Shape shape = first_shape(party.choices, requantisation, x, to);
  if (shape.saturates) return compare_lookups(party, t, shape, {});
  return compare_lookups(party, t, shape,
                         place_of(party.choices, shape, t.size()).lookups(top_digit(t, shape)));
}

void cost_requantise(Cost& cost, Width width, const Requantisation& requantisation, Width to,
                     std::size_t count) {
  const Shape shape = shape_of(requantisation, width, to);
  cost_way(cost, shape, cheapest(cost.choices, shape, count), count);
}

}  // namespace privquant

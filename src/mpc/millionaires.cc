#include "mpc/millionaires.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <vector>

#include "mpc/and_gate.h"
#include "mpc/digits.h"
#include "mpc/two_way_lookup.h"
#include "ring/arithmetic.h"

namespace privquant {
namespace {

int boolean_bits(const Digit& digit) { return digit.outputs == Outputs::both ? 2 : 1; }

// The entry of a digit's lookup: what the digit gives for the server's a and the client's b.
auto digit_value(Outputs outputs) {
  return [outputs](unsigned a, unsigned b) {
    const unsigned less = a < b ? 1 : 0;
    const unsigned equal = a == b ? 1 : 0;
    return outputs == Outputs::less ? less : outputs == Outputs::equal ? equal : less | equal << 1;
  };
}

// Digits with one function go into one batch of lookups.
struct Batch {
  Digit kind;
  std::vector<std::size_t> digits;
};

std::vector<Batch> batches_of(const std::vector<Digit>& digits) {
  std::vector<Batch> batches;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const auto same = std::find_if(batches.begin(), batches.end(), [&](const Batch& batch) {
      return batch.kind.bits == digits[i].bits && batch.kind.outputs == digits[i].outputs;
    });
    if (same == batches.end()) {
      batches.push_back({digits[i], {i}});
    } else {
      same->digits.push_back(i);
    }
  }
  return batches;
}

// One bit tensor each for lt and eq; empty where not needed.
struct Node {
  RingTensor less{bit_width, 0};
  RingTensor equal{bit_width, 0};
};

RingTensor extract_digits(const RingTensor& value, const Batch& batch, const std::vector<Digit>& digits) {
  std::vector<RingTensor> parts;
  for (const std::size_t index : batch.digits)
    parts.push_back(convert(shift_right(value, digits[index].shift), Width(batch.kind.bits)));
  return parts.size() == 1 ? std::move(parts[0]) : concatenate(parts);
}

// Shares of (lt, eq) of every digit, and of other lookups; all share two flights.
struct Leaves {
  std::vector<Node> nodes;
  std::vector<LookupShares> others;
};

std::vector<TwoWayLookup> digit_lookups(const RingTensor& value, const std::vector<Digit>& digits,
                                        std::vector<TwoWayLookup> also) {
  const std::vector<Batch> batches = batches_of(digits);
  std::vector<TwoWayLookup> lookups;
  lookups.reserve(batches.size() + also.size());
  for (const Batch& batch : batches)
    lookups.emplace_back(batch.kind.bits, LookupFunction::Outputs{boolean_bits(batch.kind)},
                         digit_value(batch.kind.outputs), extract_digits(value, batch, digits));
  lookups.insert(lookups.end(), std::make_move_iterator(also.begin()), std::make_move_iterator(also.end()));
  return lookups;
}

Leaves compare_digits(Party& party, const RingTensor& value, const std::vector<Digit>& digits,
                      std::vector<TwoWayLookup> also) {
  const std::vector<Batch> batches = batches_of(digits);
  std::vector<LookupShares> shares = two_way_lookups(party, digit_lookups(value, digits, std::move(also)));
  std::vector<Node> nodes(digits.size());
  const std::size_t count = value.size();
  for (std::size_t b = 0; b < batches.size(); ++b) {
    for (std::size_t i = 0; i < batches[b].digits.size(); ++i) {
      const RingTensor part = shares[b].bits.slice(i * count, count);
      Node& node = nodes[batches[b].digits[i]];
      const Outputs outputs = batches[b].kind.outputs;
      if (outputs != Outputs::equal) node.less = convert(part, bit_width);
      if (outputs == Outputs::equal) node.equal = part;
      if (outputs == Outputs::both) node.equal = sign_bits(part);
    }
  }
  const auto others = shares.begin() + static_cast<std::ptrdiff_t>(batches.size());
  return {std::move(nodes), {std::make_move_iterator(others), std::make_move_iterator(shares.end())}};
}

void cost_digits(Cost& cost, const std::vector<Digit>& digits, const std::vector<TwoWayLookupSize>& also,
                 std::size_t count) {
  std::vector<TwoWayLookupSize> lookups;
  for (const Batch& batch : batches_of(digits))
    lookups.push_back({batch.kind.bits, {boolean_bits(batch.kind)}, count * batch.digits.size()});
  lookups.insert(lookups.end(), also.begin(), also.end());
  cost_two_way_lookups(cost, lookups);
}

// A group is a run of nodes that a tree reduces to one; several groups are reduced side by side.
using Group = std::vector<Node>;

// One level: neighbours of every group are merged, the lower of a pair first.
void merge_level(Party& party, std::vector<Group>& groups) {
  std::vector<RingTensor> x, y, shared, y0, y1;
  struct Merge {
    std::size_t group, low;
    bool pair;
    bool has_less;
  };
  std::vector<Merge> merges;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (std::size_t low = 0; low + 1 < groups[g].size(); low += 2) {
      const Node& lower = groups[g][low];
      const Node& upper = groups[g][low + 1];
      const bool less = !lower.less.empty();
      const bool pair = less && !lower.equal.empty();
      merges.push_back({g, low, pair, less});
      if (pair) {
        shared.push_back(upper.equal);
        y0.push_back(lower.less);
        y1.push_back(lower.equal);
      } else {
        x.push_back(upper.equal);
        y.push_back(less ? lower.less : lower.equal);
      }
    }
  }
  const auto join = [](const std::vector<RingTensor>& parts) {
    return parts.empty() ? RingTensor(bit_width, 0) : concatenate(parts);
  };
  const AndLevel level = and_level(party, join(x), join(y), join(shared), join(y0), join(y1));

  std::vector<Group> next(groups.size());
  std::size_t single_at = 0;
  std::size_t pair_at = 0;
  for (const Merge& merge : merges) {
    const Node& upper = groups[merge.group][merge.low + 1];
    const std::size_t count = upper.equal.size();
    Node node;
    if (merge.pair) {
      node.less = add(upper.less, level.product0.slice(pair_at, count));
      node.equal = level.product1.slice(pair_at, count);
      pair_at += count;
    } else {
      const RingTensor product = level.product.slice(single_at, count);
      if (merge.has_less) {
        node.less = add(upper.less, product);
      } else {
        node.equal = product;
      }
      single_at += count;
    }
    next[merge.group].push_back(std::move(node));
  }
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].size() % 2 == 1) next[g].push_back(std::move(groups[g].back()));
  }
  groups = std::move(next);
}

// The shape of merge_level for the cost: per group the number of nodes, and whether its lowest has lt, eq or
// both.
struct GroupShape {
  std::size_t nodes;
  Outputs lowest;
};

void cost_merges(Cost& cost, std::vector<GroupShape> groups, std::size_t count) {
  const auto unfinished = [](const GroupShape& group) { return group.nodes > 1; };
  while (std::any_of(groups.begin(), groups.end(), unfinished)) {
    std::size_t singles = 0;
    std::size_t pairs = 0;
    for (GroupShape& group : groups) {
      const std::size_t merges = group.nodes / 2;
      if (group.lowest == Outputs::both) {
        pairs += merges;
      } else if (group.lowest == Outputs::equal) {
        singles += merges;
      } else if (merges > 0) {
        singles += 1;
        pairs += merges - 1;
      }
      group.nodes = ceil_div(group.nodes, 2);
    }
    cost_and_level(cost, singles * count, pairs * count);
  }
}

std::vector<Digit> joined(const std::vector<std::vector<Digit>>& parts) {
  std::vector<Digit> digits;
  for (const auto& part : parts) digits.insert(digits.end(), part.begin(), part.end());
  return digits;
}

// Compares whole numbers made of consecutive groups of digits and reduces each group to one node.
Leaves compare_groups(Party& party, const RingTensor& value, const std::vector<std::vector<Digit>>& parts,
                      std::vector<TwoWayLookup> also = {}) {
  Leaves leaves = compare_digits(party, value, joined(parts), std::move(also));
  std::vector<Group> groups;
  auto next = leaves.nodes.begin();
  for (const auto& part : parts) {
    const auto end = next + static_cast<std::ptrdiff_t>(part.size());
    groups.emplace_back(std::make_move_iterator(next), std::make_move_iterator(end));
    next = end;
  }
  const auto unfinished = [](const Group& group) { return group.size() > 1; };
  while (std::any_of(groups.begin(), groups.end(), unfinished)) merge_level(party, groups);
  std::vector<Node> roots;
  roots.reserve(groups.size());
  for (Group& group : groups) roots.push_back(std::move(group.front()));
  return {std::move(roots), std::move(leaves.others)};
}

void cost_groups(Cost& cost, const std::vector<std::vector<Digit>>& parts, std::size_t count,
                 const std::vector<TwoWayLookupSize>& also = {}) {
  std::vector<GroupShape> shapes;
  shapes.reserve(parts.size());
  for (const auto& part : parts) shapes.push_back({part.size(), part.front().outputs});
  cost_digits(cost, joined(parts), also, count);
  cost_merges(cost, shapes, count);
}

std::vector<std::vector<Digit>> whole_digits(const ProtocolChoices& choices, std::size_t count, Width width) {
  return {split_into_digits(choices, count, 0, width.bits(), Outputs::less, Outputs::both)};
}

std::vector<std::vector<Digit>> split_digits(const ProtocolChoices& choices, std::size_t count, Width width,
                                             int low_bits) {
  PQ_CHECK(low_bits > 0 && low_bits < width.bits());
  return {split_into_digits(choices, count, 0, low_bits, Outputs::less, Outputs::both),
          split_into_digits(choices, count, low_bits, width.bits(), Outputs::both, Outputs::both)};
}

std::vector<std::vector<Digit>> part_digits(const ProtocolChoices& choices, std::size_t count, Width width,
                                            int low_bits) {
  return low_bits == 0 ? whole_digits(choices, count, width) : split_digits(choices, count, width, low_bits);
}

std::vector<std::vector<Digit>> equality_digits(const ProtocolChoices& choices, std::size_t count,
                                                Width width) {
  return {split_into_digits(choices, count, 0, width.bits(), Outputs::equal, Outputs::equal)};
}

}  // namespace

RingTensor less_than(Party& party, const RingTensor& value) {
  return std::move(
      compare_groups(party, value, whole_digits(party.choices, value.size(), value.width())).nodes[0].less);
}

void cost_less_than(Cost& cost, Width width, std::size_t count) {
  cost_groups(cost, whole_digits(cost.choices, count, width), count);
}

ComparedParts compare_parts(Party& party, const RingTensor& value, int low_bits,
                            std::vector<TwoWayLookup> also) {
  Leaves parts = compare_groups(
      party, value, part_digits(party.choices, value.size(), value.width(), low_bits), std::move(also));
  Node& upper = parts.nodes.back();
  RingTensor low(bit_width, 0);
  if (low_bits > 0) low = std::move(parts.nodes.front().less);
  return {std::move(low), std::move(upper.less), std::move(upper.equal), std::move(parts.others)};
}

void cost_compare_parts(Cost& cost, Width width, int low_bits, const std::vector<TwoWayLookupSize>& also,
                        std::size_t count) {
  cost_groups(cost, part_digits(cost.choices, count, width, low_bits), count, also);
}

std::vector<TwoWayLookup> compare_parts_lookups(const ProtocolChoices& choices, const RingTensor& value,
                                                int low_bits, std::vector<TwoWayLookup> also) {
  return digit_lookups(value, joined(part_digits(choices, value.size(), value.width(), low_bits)),
                       std::move(also));
}

SplitComparison less_than_split(Party& party, const RingTensor& value, int low_bits) {
  PQ_CHECK(low_bits > 0);
  ComparedParts parts = compare_parts(party, value, low_bits, {});
  RingTensor carried = and_gate(party, parts.equal, parts.low);
  return {std::move(parts.low), add(parts.less, carried)};
}

void cost_less_than_split(Cost& cost, Width width, int low_bits, std::size_t count) {
  cost_compare_parts(cost, width, low_bits, {}, count);
  cost_and_level(cost, count, 0);
}

RingTensor private_equal(Party& party, const RingTensor& value) {
  return std::move(compare_groups(party, value, equality_digits(party.choices, value.size(), value.width()))
                       .nodes[0]
                       .equal);
}

void cost_private_equal(Cost& cost, Width width, std::size_t count) {
  cost_groups(cost, equality_digits(cost.choices, count, width), count);
}

RingTensor wrap_operand(Role role, const RingTensor& share) {
  // 2^l − 1 − x0 for the server.
  return role == Role::server ? add_constant(negate(share), share.width().mask()) : share;
}

RingTensor wrap(Party& party, const RingTensor& share) {
  return less_than(party, wrap_operand(party.role, share));
}

std::vector<TwoWayLookup> wrap_lookups(const Party& party, const RingTensor& share) {
  return compare_parts_lookups(party.choices, wrap_operand(party.role, share), 0, {});
}

}  // namespace privquant

#include "ot/prices.h"

#include <algorithm>

#include "ot/ferret_schedule.h"
#include "ot/softspoken.h"

namespace privquant {
namespace {

constexpr std::size_t group = 128;  // OTs

// Of the large set, what starts its next round included.
double ferret_cot_bits() {
  const auto made = static_cast<double>(lpn_large.trees * lpn_large.leaves());
  const double sent = 8.0 * static_cast<double>(lpn_large.trees * lpn_large.tree_bytes());
  return sent / (made - static_cast<double>(lpn_large.base_rows()));
}

double random_cot_bits(OtExtension extension) {
  if (extension == OtExtension::ferret) return ferret_cot_bits();
  return 8.0 * static_cast<double>(softspoken_bytes(softspoken_depth(extension), group)) / group;
}

}  // namespace

double random_ot_bits(OtExtension extension, int choice_bits) {
  if (extension == OtExtension::iknp)
    return 8.0 * static_cast<double>(OtCode{choice_bits}.wire_bytes(group)) / group;
  return choice_bits * random_cot_bits(extension);
}

double triple_bits(OtExtension extension) {
  if (extension == OtExtension::iknp) return (random_ot_bits(extension, 4) + 2 * 15) / 2;
  return 2 * random_cot_bits(extension);
}

double triple_pair_bits(OtExtension extension) {
  if (extension == OtExtension::iknp) return random_ot_bits(extension, 3) + 2 * 7;
  return 2 * random_cot_bits(extension);
}

double round_bits(const ProtocolChoices& choices, std::size_t elements) {
  return 8 * static_cast<double>(choices.round_bytes) /
         static_cast<double>(std::max<std::size_t>(elements, 1));
}

double preparation_bits(const Demand& demand, OtExtension extension) {
  double bits = static_cast<double>(demand.triples) * triple_bits(extension) +
                static_cast<double>(demand.triple_pairs) * triple_pair_bits(extension);
  for (const Role sender : {Role::server, Role::client}) {
    for (int k = 1; k <= max_choice_bits; ++k)
      bits += static_cast<double>(demand.ots(sender, k)) * random_ot_bits(extension, k);
  }
  return bits;
}

}  // namespace privquant

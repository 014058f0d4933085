#include "plan/plan_summary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace privquant {
namespace {

std::string linear_text(LinearPreparation linear) {
  switch (linear) {
    case LinearPreparation::ot:
      return "OTs";
    case LinearPreparation::lattice:
      return "lattices";
    default:
      return "lattices or OTs";
  }
}

}  // namespace

std::string summary_of(const Plan& plan) {
  std::string text = fmt::format("profile {}", plan.options.profile);
  if (!plan.options.without.empty())
    text += fmt::format(" without {}", fmt::join(plan.options.without, ", "));
  return text + fmt::format(", OT extension {}, linear layers by {}",
                            name_of(plan.protocol_choices.extension), linear_text(plan.options.linear));
}

}  // namespace privquant

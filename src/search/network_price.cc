#include "search/network_price.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "plan/plan_cost.h"

namespace privquant {
namespace {

double linear_bytes(const Plan& plan, const PlanCost& cost) {
  double bytes = 0;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (!std::holds_alternative<step::Convolve>(plan.steps[i].operation) &&
        !std::holds_alternative<step::MaskedConvolve>(plan.steps[i].operation))
      continue;
    bytes += static_cast<double>(cost.steps[i].online.bytes()) + cost.steps[i].preparation_bytes;
  }
  return bytes;
}

}  // namespace

double price_of(const Graph& graph, const PriceOptions& options) {
  PlanOptions chosen = options.plan;
  if (options.unit == PriceUnit::seconds && options.link && !chosen.round_bytes) {
    chosen.round_bytes = round_bytes_of(*options.link);  // as a session on that link plans
  }
  const Plan plan = make_plan(graph, chosen);
  const PlanCost cost = cost_of(plan, options.memory_budget);
  switch (options.unit) {
    case PriceUnit::bytes:
      return static_cast<double>(cost.preparation.bytes() + cost.online.bytes());
    case PriceUnit::linear_bytes:
      return linear_bytes(plan, cost);
    case PriceUnit::seconds:
      break;
  }
  return time_of(plan, cost, options.calibration, options.link, options.memory_budget).seconds();
}

std::function<double(const NetworkWidths&)> network_price(std::function<Model(const NetworkWidths&)> model_at,
                                                          PriceOptions options) {
  return [model_at = std::move(model_at), options = std::move(options)](const NetworkWidths& widths) {
    return price_of(model_at(widths).graph, options);
  };
}

std::string price_text(PriceUnit unit, double price) {
  if (unit == PriceUnit::seconds) return fmt::format("{:.3f} s", std::ceil(price * 1000) / 1000);
  return fmt::format("{:.0f} bytes ({:.1f} MB)", std::ceil(price), std::ceil(price / 1e5) / 10);
}

}  // namespace privquant

// A plan as text: complete, so that equal texts mean equal plans, and readable in reviews.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "nn/container.h"
#include "plan/plan.h"
#include "plan/plan_cost.h"

namespace privquant {
namespace {

std::string text(const ConvolutionShape& s) {
  return fmt::format("{}x{}x{}->{}x{}x{} groups {} kernel {}x{} stride {}x{} dilation {}x{} pad {},{}",
                     s.in_channels, s.in_height, s.in_width, s.out_channels, s.out_height, s.out_width,
                     s.groups, s.kernel_height, s.kernel_width, s.stride_height, s.stride_width,
                     s.dilation_height, s.dilation_width, s.pad_top, s.pad_left);
}

std::string text(const PoolShape& s) {
  return fmt::format("{}x{}x{}->{}x{} kernel {}x{} stride {}x{} dilation {}x{} pad {},{}", s.channels,
                     s.in_height, s.in_width, s.out_height, s.out_width, s.kernel_height, s.kernel_width,
                     s.stride_height, s.stride_width, s.dilation_height, s.dilation_width, s.pad_top,
                     s.pad_left);
}

const char* text(KnownMsb msb) {
  switch (msb) {
    case KnownMsb::unknown:
      return "unknown";
    case KnownMsb::zero:
      return "0";
    default:
      return "1";
  }
}

const char* text(InputSharing sharing) {
  switch (sharing) {
    case InputSharing::general:
      return "general";
    case InputSharing::msb_zero:
      return "msb 0";
    default:
      return "client's";
  }
}

struct Parameters {
  std::string operator()(const step::Convolve& s) const {
    const Convolution& c = s.convolution;
    return fmt::format("{} {} rings {}->{} {} sharing {} weights {}", to_string(c.protocol), text(c.shape),
                       c.input.bits(), c.accumulator.bits(), c.input_is_signed ? "signed" : "unsigned",
                       text(c.sharing), c.weight_bits);
  }
  std::string operator()(const step::AddConstant& s) const { return fmt::format("{}", s.constant); }
  std::string operator()(const step::MaskedConvolve& s) const {
    const Precision& bits = s.lattice.precision;
    return fmt::format(
        "lattice {} ring {} weights {} norm {} outputs 2^{} degree {} packing {} block {}x{} bits "
        "{},{},{},{}",
        text(s.layer.shape), s.layer.ring.bits(), s.layer.weight_bits, s.layer.weight_norm,
        s.layer.outputs_log2, LatticeRing::of(s.lattice.set).degree(), s.lattice.packing, s.lattice.rows,
        s.lattice.columns, bits.question_bits, bits.gap_bits, bits.second_bits, bits.first_bits);
  }
  std::string operator()(const step::Extend& s) const {
    return fmt::format("{} msb {}", s.is_signed ? "signed" : "unsigned", text(s.msb));
  }
  std::string operator()(const step::ShiftLeft& s) const { return fmt::format("{}", s.shift); }
  std::string operator()(const step::TruncateReduce& s) const { return fmt::format("{}", s.shift); }
  std::string operator()(const step::Truncate& s) const {
    return fmt::format("{} msb {}", s.shift, text(s.msb));
  }
  std::string operator()(const step::ClipToWindow& s) const {
    return fmt::format("{} bits from {}", s.window.bits, s.window.low);
  }
  std::string operator()(const step::Requantise& s) const {
    const auto& [shift, window, saturates] = s.requantisation;
    return fmt::format("by {} to {} bits from {}{}", shift, window.bits, window.low,
                       saturates ? " saturating" : "");
  }
  std::string operator()(const step::ClipAbove& s) const { return fmt::format("{}", s.high); }
  std::string operator()(const step::ClipBelow& s) const { return fmt::format("{}", s.low); }
  std::string operator()(const step::MaxPool& s) const { return text(s.shape); }
  std::string operator()(const step::SumPool& s) const { return text(s.shape); }
  std::string operator()(const step::PadChannels& s) const { return fmt::format("{},{}", s.before, s.after); }
  std::string operator()(const step::RevealTopK& s) const { return fmt::format("{}", s.k); }
  // These have none.
  std::string operator()(const step::ShareInput&) const { return ""; }
  std::string operator()(const step::Add&) const { return ""; }
  std::string operator()(const step::Relu&) const { return ""; }
  std::string operator()(const step::Saturate&) const { return ""; }
  std::string operator()(const step::Narrow&) const { return ""; }
  std::string operator()(const step::Concat&) const { return ""; }
  std::string operator()(const step::RevealLogits&) const { return ""; }
  std::string operator()(const step::RevealArgMax&) const { return ""; }
};

struct Name {
  std::string operator()(const step::ShareInput&) const { return "share_input"; }
  std::string operator()(const step::Convolve&) const { return "convolve"; }
  std::string operator()(const step::MaskedConvolve&) const { return "convolve"; }
  std::string operator()(const step::AddConstant&) const { return "add_constant"; }
  std::string operator()(const step::Extend&) const { return "extend"; }
  std::string operator()(const step::ShiftLeft&) const { return "shift_left"; }
  std::string operator()(const step::Add&) const { return "add"; }
  std::string operator()(const step::TruncateReduce&) const { return "truncate_reduce"; }
  std::string operator()(const step::Truncate&) const { return "truncate"; }
  std::string operator()(const step::Relu&) const { return "relu"; }
  std::string operator()(const step::ClipToWindow&) const { return "clip_window"; }
  std::string operator()(const step::Requantise&) const { return "requantise"; }
  std::string operator()(const step::Saturate&) const { return "saturate"; }
  std::string operator()(const step::ClipAbove&) const { return "clip_above"; }
  std::string operator()(const step::ClipBelow&) const { return "clip_below"; }
  std::string operator()(const step::Narrow&) const { return "narrow"; }
  std::string operator()(const step::MaxPool&) const { return "max_pool"; }
  std::string operator()(const step::SumPool&) const { return "sum_pool"; }
  std::string operator()(const step::Concat&) const { return "concat"; }
  std::string operator()(const step::PadChannels&) const { return "pad_channels"; }
  std::string operator()(const step::RevealLogits&) const { return "reveal_logits"; }
  std::string operator()(const step::RevealArgMax&) const { return "reveal_argmax"; }
  std::string operator()(const step::RevealTopK&) const { return "reveal_top_k"; }
};

}  // namespace

std::string functionality_name(const StepOperation& operation) { return std::visit(Name(), operation); }

std::string to_text(const Plan& plan) {
  std::string result = fmt::format(
      "profile {} reveal {} digits {} joint products {} both directions {} round bytes {} OT {}\n",
      plan.options.profile, to_string(plan.options.reveal, plan.options.top_k),
      plan.protocol_choices.digit_bits, plan.protocol_choices.joint_products,
      plan.protocol_choices.both_directions, plan.protocol_choices.round_bytes,
      name_of(plan.protocol_choices.extension));
  for (std::size_t id = 0; id < plan.values.size(); ++id) {
    const PlanValue& value = plan.values[id];
    result += fmt::format("v{}: {} of {} bits\n", id, value.size, value.width.bits());
  }
  for (const Step& step : plan.steps) {
    result += fmt::format("node {}: {} {} of v{}", step.node, functionality_name(step.operation),
                          std::visit(Parameters(), step.operation), fmt::join(step.inputs, ",v"));
    result += step.output ? fmt::format(" -> v{}\n", *step.output) : "\n";
  }
  // Choices within operators follow from prices: equal prices, equal messages.
  const PlanCost cost = cost_of(plan);
  for (const auto& [name, phase] : {std::pair("preparation", cost.preparation), {"online", cost.online}})
    result += fmt::format("{}: {} and {} bytes, {} rounds\n", name, phase.server_bytes, phase.client_bytes,
                          phase.rounds);
  return result;
}

Hash plan_hash(const Plan& plan) { return sha256(as_bytes(to_text(plan))); }

}  // namespace privquant

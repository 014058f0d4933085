#include "engine/execute_step.h"

#include "mpc/maximum.h"
#include "mpc/public_constant.h"
#include "mpc/relu.h"
#include "mpc/reveal.h"
#include "mpc/saturate.h"
#include "mpc/truncate.h"
#include "ring/arithmetic.h"

namespace privquant {
namespace {

class StepRunner {
 public:
  StepRunner(const StepContext& context, const Step& step, const std::vector<const RingTensor*>& operands)
      : context_(context), step_(step), operands_(operands) {}

  using Result = std::optional<RingTensor>;

  Result operator()(const step::ShareInput&) const {
    // The client's share is the input itself, the server's is zero: the server learns nothing, and nothing is
    // sent.
    if (context_.input == nullptr) return RingTensor::zeros(output().width, output().size);
    return RingTensor::from_signed(output().width, context_.input->values);
  }
  Result operator()(const step::Convolve& s) const {
    if (!context_.party.is_server()) return convolve(context_.party, s.convolution, {}, x());
    const LayerWeights& layer = *context_.model->weights[step_.node];
    RingTensor sums = convolve(context_.party, s.convolution, layer.weights, x());
    add_bias(layer.bias, s.convolution.shape.positions(), sums);
    return sums;
  }
  Result operator()(const step::MaskedConvolve& s) const {
    PreparedLinear prepared = std::move(*context_.masked);
    if (!context_.party.is_server())
      return masked_linear(context_.party, s.layer, {}, std::move(prepared), x());
    const LayerWeights& layer = *context_.model->weights[step_.node];
    RingTensor sums = masked_linear(context_.party, s.layer, layer.weights, std::move(prepared), x());
    add_bias(layer.bias, s.layer.shape.positions(), sums);
    return sums;
  }
  Result operator()(const step::AddConstant& s) const { return add_public(context_.party, x(), s.constant); }
  Result operator()(const step::Extend& s) const {
    return s.is_signed ? sign_extend(context_.party, x(), output().width, s.msb)
                       : zero_extend(context_.party, x(), output().width, s.msb);
  }
  Result operator()(const step::ShiftLeft& s) const {
    return shift_left(convert(x(), output().width), s.shift);
  }
  Result operator()(const step::Add&) const { return add(x(), *operands_[1]); }
  Result operator()(const step::TruncateReduce& s) const {
    return truncate_reduce(context_.party, x(), s.shift);
  }
  Result operator()(const step::Truncate& s) const {
    return truncate_arithmetic(context_.party, x(), s.shift, s.msb);
  }
  Result operator()(const step::Relu&) const { return relu(context_.party, x(), output().width); }
  Result operator()(const step::ClipToWindow& s) const {
    return clip_window(context_.party, x(), s.window, output().width);
  }
  Result operator()(const step::Requantise& s) const {
    return requantise(context_.party, x(), s.requantisation, output().width);
  }
  Result operator()(const step::Saturate&) const { return saturate(context_.party, x()); }
  Result operator()(const step::ClipAbove& s) const { return clip_above(context_.party, x(), s.high); }
  Result operator()(const step::ClipBelow& s) const { return clip_below(context_.party, x(), s.low); }
  Result operator()(const step::Narrow&) const { return convert(x(), output().width); }
  Result operator()(const step::MaxPool& s) const { return max_pool(context_.party, s.shape, x()); }
  Result operator()(const step::SumPool& s) const { return sum_pool(s.shape, x()); }
  Result operator()(const step::Concat&) const {
    std::vector<RingTensor> parts;
    for (const RingTensor* operand : operands_) parts.push_back(*operand);
    return concatenate(parts);
  }
  Result operator()(const step::PadChannels& s) const {
    return concatenate(
        std::vector{RingTensor::zeros(x().width(), s.before), x(), RingTensor::zeros(x().width(), s.after)});
  }
  Result operator()(const step::RevealLogits&) const { return reveal_to(context_.party, Role::client, x()); }
  Result operator()(const step::RevealArgMax&) const {
    return reveal_to(context_.party, Role::client, argmax(context_.party, x()));
  }
  Result operator()(const step::RevealTopK& s) const {
    return reveal_to(context_.party, Role::client, top_k(context_.party, x(), static_cast<std::size_t>(s.k)));
  }

 private:
  const RingTensor& x() const { return *operands_[0]; }
  const PlanValue& output() const { return context_.plan.values[*step_.output]; }

  static void add_bias(const std::vector<std::int64_t>& bias, std::size_t positions, RingTensor& sums) {
    PQ_CHECK(bias.size() * positions == sums.size());
    sums.with_word([&]<typename Word>(std::type_identity<Word>) {
      const auto words = sums.words<Word>();
      const auto mask = static_cast<Word>(sums.width().mask());
      for (std::size_t i = 0; i < words.size(); ++i)
        words[i] = static_cast<Word>(words[i] + static_cast<Word>(bias[i / positions])) & mask;
    });
  }

  const StepContext& context_;
  const Step& step_;
  const std::vector<const RingTensor*>& operands_;
};

}  // namespace

std::vector<TwoWayLookup> first_lookups(const Party& party, const Plan& plan, const Step& step,
                                        const RingTensor& x) {
  if (const auto* reduction = std::get_if<step::TruncateReduce>(&step.operation))
    return truncate_reduce_lookups(party, x, reduction->shift);
  const auto& requantisation = std::get<step::Requantise>(step.operation).requantisation;
  return requantise_lookups(party, x, requantisation, plan.values[*step.output].width);
}

std::optional<RingTensor> execute_step(const StepContext& context, const Step& step,
                                       const std::vector<const RingTensor*>& operands) {
  return std::visit(StepRunner(context, step, operands), step.operation);
}

}  // namespace privquant

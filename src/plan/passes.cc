#include "plan/passes.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace privquant {
namespace {

// CrypTFlow2's digit, and the largest that pays: one bit more saves at most 3 % of a network's bytes, and the
// 2^k hashes of an OT take longer than a fast link needs for those.
constexpr int generic_digit_bits = 4;
constexpr int wide_digit_bits = 5;
// Where rounds have a price and correlations have nearly none. The hashes of 7 and 8 bits take longer than the
// rounds that they save.
constexpr int widest_digit_bits = 6;

// A link of 1 Gbit/s and 0.13 ms. ResNet-32 then takes half the rounds for 1 % more bytes. With IKNP fewer rounds take
// more OTs: they are bought on request only.
constexpr std::size_t common_round_bytes(OtExtension extension) {
  return extension == OtExtension::iknp ? 0 : 16'000;
}

void check_round_bytes(const PlanOptions& options) {
  if (options.round_bytes.value_or(0) <= max_round_bytes) return;
  fail(ErrorCode::usage, "a round cannot be worth {} bytes; say at most {}", *options.round_bytes,
       max_round_bytes);
}

}  // namespace

const std::vector<PassInfo>& passes() {
  static const std::vector<PassInfo> all{
      {Pass::accumulator_bound, "accumulator-bound",
       "an accumulator is as wide as its weights' L1 norms ask for, not as the fan-in allows"},
      {Pass::before_im2col, "before-im2col",
       "the bits of an activation choose once for all weights that they meet, not once a copy"},
      {Pass::weight_driven, "weight-driven",
       "the bits of the weights may choose, on activations extended to the accumulator's ring"},
      {Pass::winograd, "winograd",
       "where weights drive, a 3×3 convolution may run on F(2×2, 3×3)-transformed ones: fewer products"},
      {Pass::sign_propagation, "sign-propagation",
       "what is known of a value's sign makes its wrap a product of two bits"},
      {Pass::merge_conversions, "merge-conversions",
       "a truncation drops the bits that it frees, so that no second conversion has to"},
      {Pass::relu_after_truncation, "relu-after-truncation",
       "signs are taken of the truncated value, not of the whole accumulator"},
      {Pass::relu_extension, "relu-extension",
       "a clip writes into the ring that its consumer wants, or one with a known top bit"},
      {Pass::clip_window, "clip-window", "both sides of a clip come from one comparison and one lookup"},
      {Pass::fused_requantise, "fused-requantise",
       "shift, clip and extension share one comparison where their rounds are worth more than its bytes"},
      {Pass::residual, "residual",
       "the residual joins the sum in the accumulator's ring, which the convolution gives at once"},
      {Pass::shared_conversions, "shared-conversions",
       "consumers of one tensor share its extension to the widest ring among them"},
      {Pass::pool_first, "pool-first", "a maximum is taken before the clip that follows it, on fewer values"},
      {Pass::joint_products, "joint-products",
       "products with several bits share one 1-of-2^k oblivious transfer"},
      {Pass::wide_digits, "wide-digits",
       "comparisons take digits of up to 5 bits instead of 4, split at least cost"},
      {Pass::both_directions, "both-directions",
       "each party sends half of a comparison's lookups: both compute at once, and both directions carry"},
  };
  return all;
}

ProtocolChoices Profile::protocol_choices() const {
  const bool widest = round_bytes > 0 && extension != OtExtension::iknp;
  const int wide = widest ? widest_digit_bits : wide_digit_bits;
  return {on(Pass::wide_digits) ? wide : generic_digit_bits, on(Pass::joint_products),
          on(Pass::both_directions), extension, round_bytes};
}

std::vector<std::string> profile_names() { return {"sirnn", "privquant", "hybrid"}; }

Profile profile_of(const PlanOptions& options) {
  const std::vector<std::string> names = profile_names();
  if (std::find(names.begin(), names.end(), options.profile) == names.end())
    fail(ErrorCode::usage, "unknown profile '{}': choose one of {}", options.profile, fmt::join(names, ", "));
  check_round_bytes(options);
  Profile profile{options.profile, {}};
  if (options.profile != "sirnn") {
    profile.extension = options.extension;
    if (options.profile == "hybrid") profile.linear = options.linear;
    profile.round_bytes = options.round_bytes.value_or(common_round_bytes(options.extension));
    for (const PassInfo& info : passes()) profile.passes.insert(info.pass);
  }
  for (const std::string& name : options.without) {
    const auto info =
        std::find_if(passes().begin(), passes().end(), [&](const PassInfo& p) { return p.name == name; });
    if (info == passes().end()) {
      std::vector<std::string> known;
      for (const PassInfo& pass : passes()) known.push_back(pass.name);
      fail(ErrorCode::usage, "there is no pass '{}': choose among {}", name, fmt::join(known, ", "));
    }
    profile.passes.erase(info->pass);
  }
  return profile;
}

}  // namespace privquant

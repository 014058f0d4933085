// clip_window equals its definition for all sharings at small widths, whatever construction the widths
// choose.
#include "mpc/clip_window.h"

#include <gtest/gtest.h>

#include "shares.h"

namespace privquant {
namespace {

class ClipWindowTest : public MpcTestWithChoices {
 protected:
  void check(Width width, const ClipWindow& window, Width to) {
    const auto greatest = static_cast<std::int64_t>(width.sign_bit() - 1);
    const std::int64_t least = -greatest - 1;
    const Sharing x = sharings(width, [&](std::uint64_t value) {
      const std::int64_t v = width.to_signed(value);
      return window.low <= 0 ? v <= greatest + window.low : v >= least + window.low;
    });
    Cost cost = chosen();
    cost_clip_window(cost, width, window, to, x.size());
    const RingTensor result = opened(
        parties().run(cost, [&](Party& party) { return clip_window(party, x.of(party), window, to); }));
    for (std::size_t i = 0; i < x.size(); ++i) {
      // From `low` on, so that the greatest value needs not fit 64 bits.
      const auto above = static_cast<std::uint64_t>(std::max(x.signed_value(i), window.low) - window.low);
      const std::uint64_t expected =
          std::min(above, Width(window.bits).mask()) + static_cast<std::uint64_t>(window.low);
      ASSERT_EQ(result.get(i), expected & to.mask())
          << width.bits() << " → " << to.bits() << ", " << window.bits << " bits from " << window.low << ": "
          << x.signed_value(i);
    }
  }
};

TEST_P(ClipWindowTest, ClipsEverySharing) {
  for (int width = 2; width <= 6; ++width) {
    for (int bits = 1; bits < width; ++bits) {
      for (const std::int64_t low : {std::int64_t{0}, -(std::int64_t{1} << (bits - 1))}) {
        for (const int to : {1, bits, std::min(bits + 1, width), width})
          check(Width(width), {low, bits}, Width(to));
      }
    }
  }
}

TEST_P(ClipWindowTest, ClipsWideNumbers) {
  for (const int width : {7, 9, 13, 21, 37, 64}) {
    for (const int bits : {1, 4, 8, width - 1}) {
      if (bits >= width) continue;
      for (const std::int64_t low : {std::int64_t{0}, -(std::int64_t{1} << (bits - 1)), std::int64_t{3}}) {
        for (const int to : {std::min(bits + 3, width), width}) check(Width(width), {low, bits}, Width(to));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Choices, ClipWindowTest,
    testing::ValuesIn(with_every_extension({{}, {5, true, true}, {8, true}, {4, false, true}},
                                           {{5, true, true}, {8, true}, {8, true, true, {}, 10'000}})));

}  // namespace
}  // namespace privquant

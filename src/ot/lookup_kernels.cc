#include "ot/lookup_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ot/lookup_kernels.cc"
#include <hwy/foreach_target.h>  // compiles what follows once per instruction set
#include <hwy/highway.h>

// Plain loops: each target's compiler flags turn them into that target's vectors.
HWY_BEFORE_NAMESPACE();
namespace privquant::HWY_NAMESPACE {

void mask_bit_rows(const MaskedEntries& chunk, std::uint8_t mask, std::uint8_t* HWY_RESTRICT share,
                   std::uint8_t* HWY_RESTRICT out) {
  const std::size_t count = chunk.at.size();
  const std::uint8_t* HWY_RESTRICT entries = chunk.entries;
  const std::uint32_t* HWY_RESTRICT at = chunk.at.data();
  const std::uint64_t* HWY_RESTRICT pads = chunk.pads.data();
  for (std::size_t i = 0; i < count; ++i)
    share[i] = static_cast<std::uint8_t>((entries[at[i]] ^ static_cast<std::uint8_t>(pads[i])) & mask);
  for (std::uint32_t u = 1; u < chunk.values; ++u, out += count) {
    pads += count;
    for (std::size_t i = 0; i < count; ++i) {
      const auto pad = static_cast<std::uint8_t>(pads[i]);
      out[i] = static_cast<std::uint8_t>((entries[at[i] ^ u] ^ share[i] ^ pad) & mask);
    }
  }
}

template <typename Word>
void mask_number_rows(const MaskedEntries& chunk, int skipped, Word mask, Word* HWY_RESTRICT share,
                      Word* HWY_RESTRICT out) {
  const std::size_t count = chunk.at.size();
  const std::uint8_t* HWY_RESTRICT entries = chunk.entries;
  const std::uint32_t* HWY_RESTRICT at = chunk.at.data();
  const std::uint64_t* HWY_RESTRICT pads = chunk.pads.data();
  for (std::size_t i = 0; i < count; ++i) {
    const auto entry = static_cast<Word>(entries[at[i]] >> skipped);
    share[i] = static_cast<Word>(static_cast<Word>(entry - static_cast<Word>(pads[i] >> skipped)) & mask);
  }
  for (std::uint32_t u = 1; u < chunk.values; ++u, out += count) {
    pads += count;
    for (std::size_t i = 0; i < count; ++i) {
      const auto entry = static_cast<Word>(entries[at[i] ^ u] >> skipped);
      const auto pad = static_cast<Word>(pads[i] >> skipped);
      out[i] = static_cast<Word>(static_cast<Word>(entry - share[i] - pad) & mask);
    }
  }
}

void mask_numbers(const MaskedEntries& chunk, int skipped, RingTensor& share, std::size_t begin,
                  RingTensor& messages) {
  share.with_word([&]<typename Word>(std::type_identity<Word>) {
    mask_number_rows<Word>(chunk, skipped, static_cast<Word>(share.width().mask()),
                           share.words<Word>().data() + begin, messages.words<Word>().data());
  });
}

}  // namespace privquant::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace privquant {
namespace {

HWY_EXPORT(mask_bit_rows);
HWY_EXPORT(mask_numbers);

void check_sizes(const MaskedEntries& chunk, const RingTensor& share, std::size_t begin,
                 const RingTensor& messages) {
  PQ_CHECK(chunk.pads.size() == chunk.values * chunk.at.size());
  PQ_CHECK(begin + chunk.at.size() <= share.size());
  PQ_CHECK(messages.width() == share.width() && messages.size() == (chunk.values - 1) * chunk.at.size());
}

}  // namespace

void mask_as_bits(const MaskedEntries& chunk, RingTensor& share, std::size_t begin, RingTensor& messages) {
  check_sizes(chunk, share, begin, messages);
  HWY_DYNAMIC_DISPATCH(mask_bit_rows)
  (chunk, static_cast<std::uint8_t>(share.width().mask()), share.words<std::uint8_t>().data() + begin,
   messages.words<std::uint8_t>().data());
}

void mask_as_numbers(const MaskedEntries& chunk, int skipped, RingTensor& share, std::size_t begin,
                     RingTensor& messages) {
  check_sizes(chunk, share, begin, messages);
  HWY_DYNAMIC_DISPATCH(mask_numbers)(chunk, skipped, share, begin, messages);
}

}  // namespace privquant
#endif  // HWY_ONCE

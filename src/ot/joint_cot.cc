#include "ot/joint_cot.h"

#include <algorithm>

#include "ot/wire.h"
#include "ring/pack.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ot/joint_cot.cc"
#include <hwy/foreach_target.h>  // compiles what follows once per instruction set
#include <hwy/highway.h>

// Plain loops: each target's compiler flags turn them into that target's vectors.
HWY_BEFORE_NAMESPACE();
namespace privquant::HWY_NAMESPACE {

// Product j of `count` OTs: the share, and the messages of all values, `stride` words from value to value.
// `shift` is where the field of product j begins in a pad.
template <typename Word>
void joint_products(const Word* HWY_RESTRICT numbers, const std::uint8_t* HWY_RESTRICT corrections,
                    const std::uint64_t* HWY_RESTRICT pads, unsigned j, unsigned values, int shift, Word mask,
                    std::size_t count, std::size_t stride, Word* HWY_RESTRICT share, Word* HWY_RESTRICT out) {
  for (std::size_t g = 0; g < count; ++g) {
    const auto chosen =
        static_cast<Word>(numbers[g] & static_cast<Word>(0 - Word((corrections[g] >> j) & 1U)));
    share[g] = static_cast<Word>(static_cast<Word>(chosen - static_cast<Word>(pads[g] >> shift)) & mask);
  }
  for (unsigned u = 1; u < values; ++u, out += stride) {
    pads += count;
    for (std::size_t g = 0; g < count; ++g) {
      const auto bit = static_cast<Word>(((corrections[g] ^ u) >> j) & 1U);
      const auto chosen = static_cast<Word>(numbers[g] & static_cast<Word>(0 - bit));
      const auto pad = static_cast<Word>(pads[g] >> shift);
      out[g] = static_cast<Word>(static_cast<Word>(chosen - share[g] - pad) & mask);
    }
  }
}

// All products of a chunk of OTs from `begin` on; lane j of `numbers` and `share` begins at j · lane.
void joint_chunk(const RingTensor& numbers, std::size_t lane, std::size_t begin,
                 const std::uint8_t* corrections, const PadsSender& drawn, int together, RingTensor& share,
                 RingTensor& messages) {
  const std::size_t count = drawn.count;
  const auto products = static_cast<std::size_t>(together);
  numbers.with_word([&]<typename Word>(std::type_identity<Word>) {
    for (std::size_t j = 0; j < products; ++j) {
      joint_products<Word>(
          numbers.words<Word>().data() + j * lane + begin, corrections, drawn.pads.data(),
          static_cast<unsigned>(j), 1U << together, static_cast<int>(j) * numbers.width().bits(),
          static_cast<Word>(numbers.width().mask()), count, products * count,
          share.words<Word>().data() + j * lane + begin, messages.words<Word>().data() + j * count);
    }
  });
}

}  // namespace privquant::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace privquant {
namespace {

HWY_EXPORT(joint_chunk);

constexpr std::size_t chunk_ots = 2048;  // pads of a chunk stay in the second-level cache

std::size_t messages_of(int together) {
  return ((std::size_t{1} << together) - 1) * static_cast<std::size_t>(together);
}

std::size_t ots_of(std::size_t count, int together) {
  return ceil_div(count, static_cast<std::size_t>(together));
}

// The elements, then zeros to a multiple of `together`.
RingTensor padded(const RingTensor& values, int together) {
  const std::size_t size = ots_of(values.size(), together) * static_cast<std::size_t>(together);
  RingTensor result = RingTensor::zeros(values.width(), size);
  std::copy(values.raw().begin(), values.raw().end(), result.raw().begin());
  return result;
}

void check_shape(Width width, int together) {
  PQ_CHECK(together > 1 && together <= 4 && together * width.bits() <= 64);
}

}  // namespace

JointCotReceiver::JointCotReceiver(Party& party, const RingTensor& bits, Width width, int together)
    : count_(bits.size()),
      width_(width),
      together_(together),
      pads_(party.correlations.draw_pads_receiver(together, ots_of(bits.size(), together))) {
  check_shape(width, together);
  PQ_CHECK(bits.width() == bit_width);
  const RingTensor lanes = padded(bits, together);
  const std::size_t ots = pads_.choices.size();
  RingTensor corrections(Width(together), ots);
  const auto in = lanes.words<std::uint8_t>();
  const auto out = corrections.words<std::uint8_t>();
  std::copy(pads_.choices.begin(), pads_.choices.end(), out.begin());
  for (std::size_t j = 0; j < static_cast<std::size_t>(together); ++j) {
    for (std::size_t g = 0; g < ots; ++g) out[g] = static_cast<std::uint8_t>(out[g] ^ in[j * ots + g] << j);
  }
  send_tensor(party.channel, corrections);
}

RingTensor JointCotReceiver::finish(Party& party) {
  const std::size_t ots = pads_.choices.size();
  const auto together = static_cast<std::size_t>(together_);
  RingTensor share(width_, ots * together);
  SecretVector<std::uint8_t> buffer;
  share.with_word([&]<typename Word>(std::type_identity<Word>) {
    const auto mask = static_cast<Word>(width_.mask());
    const auto out = share.words<Word>();
    for (std::size_t begin = 0; begin < ots; begin += chunk_ots) {
      const std::size_t count = std::min(chunk_ots, ots - begin);
      RingTensor messages(width_, messages_of(together_) * count);
      buffer.resize(width_.packed_bytes(messages.size()));
      party.channel.receive(buffer);
      unpack(buffer, messages, 0, messages.size());
      const auto in = messages.words<Word>();
      for (std::size_t j = 0; j < together; ++j) {
        const std::size_t shift = j * static_cast<std::size_t>(width_.bits());
        for (std::size_t g = 0; g < count; ++g) {
          const std::size_t random_choice = pads_.choices[begin + g];
          const Word message =
              random_choice == 0 ? Word{0} : in[((random_choice - 1) * together + j) * count + g];
          out[j * ots + begin + g] =
              static_cast<Word>(message + static_cast<Word>(pads_.chosen[begin + g] >> shift)) & mask;
        }
      }
    }
  });
  return share.slice(0, count_);
}

RingTensor joint_cot_send(Party& party, const RingTensor& numbers, int together) {
  const Width width = numbers.width();
  check_shape(width, together);
  const std::size_t ots = ots_of(numbers.size(), together);
  const RingTensor corrections = receive_tensor(party.channel, Width(together), ots);
  const RingTensor lanes = padded(numbers, together);
  RingTensor share(width, lanes.size());
  SecretVector<std::uint8_t> buffer;
  for (std::size_t begin = 0; begin < ots; begin += chunk_ots) {
    const std::size_t count = std::min(chunk_ots, ots - begin);
    const PadsSender drawn = party.correlations.draw_pads_sender(together, count);
    RingTensor messages(width, messages_of(together) * count);
    HWY_DYNAMIC_DISPATCH(joint_chunk)
    (lanes, ots, begin, corrections.words<std::uint8_t>().data() + begin, drawn, together, share, messages);
    buffer.resize(width.packed_bytes(messages.size()));
    pack(messages, 0, messages.size(), buffer);
    party.channel.send(buffer);
  }
  return share.slice(0, numbers.size());
}

}  // namespace privquant
#endif  // HWY_ONCE

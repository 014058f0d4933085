#include "mpc/convolve_by_activation.h"

#include <algorithm>
#include <vector>

#include "mpc/convolution_copies.h"
#include "mpc/convolve_kernels.h"
#include "mpc/millionaires.h"
#include "mpc/public_constant.h"
#include "ot/wire.h"
#include "ring/pack.h"

namespace privquant {
namespace {

// The OTs of one convolution: its copies, its output rows, and the words of its accumulators.
struct Layout {
  ConvolutionShape shape;
  Convolution convolution;
  std::vector<ConvolutionCopy> copies;
  std::size_t outputs;  // per copy: the output channels of its group
  std::size_t word;     // bytes of an accumulator's word

  explicit Layout(const Convolution& w)
      : shape(w.shape),
        convolution(w),
        copies(convolution_copies(w.shape)),
        outputs(static_cast<std::size_t>(w.shape.out_channels / w.shape.groups)),
        word(w.accumulator.word_bytes()) {}

  std::size_t row_bytes() const { return outputs * word; }
  /// Blocks of pad that one OT needs; a single block is the pad itself.
  std::size_t pad_blocks() const { return ceil_div(row_bytes(), sizeof(Block)); }
  /// Copies whose OTs are handled at a time: a multiple of 8, so that packed chunks join without a gap.
  std::size_t chunk() const { return std::max<std::size_t>(8, (std::size_t{1} << 15) / outputs / 8 * 8); }
};

// Whether the wrap matters: with l = m the accumulator's ring is the input's.
bool has_wrap(const Convolution& convolution) { return convolution.accumulator > convolution.input; }

// Accumulators by output row; turned to channels × pixels at the end.
class Accumulators {
 public:
  explicit Accumulators(const Layout& layout)
      : layout_(layout), words_(RingTensor::zeros(layout.convolution.accumulator, layout.shape.outputs())) {}

  std::uint8_t* row(std::size_t index) { return words_.raw().data() + index * layout_.row_bytes(); }

  RingTensor by_channel() {
    RingTensor result(words_.width(), words_.size());
    const std::size_t positions = layout_.shape.positions();
    words_.with_word([&]<typename Word>(std::type_identity<Word>) {
      const auto in = words_.words<Word>();
      const auto out = result.words<Word>();
      const auto mask = static_cast<Word>(words_.width().mask());
      for (std::size_t group = 0; group < static_cast<std::size_t>(layout_.shape.groups); ++group) {
        for (std::size_t pixel = 0; pixel < positions; ++pixel) {
          const std::size_t row = (group * positions + pixel) * layout_.outputs;
          for (std::size_t d = 0; d < layout_.outputs; ++d)
            out[(group * layout_.outputs + d) * positions + pixel] = in[row + d] & mask;
        }
      }
    });
    return result;
  }

 private:
  const Layout& layout_;
  RingTensor words_;
};

// weights[out][k] as rows by (group, k) of one weight per output channel of the group.
RingTensor weight_rows(const Layout& layout, std::span<const std::int16_t> weights) {
  const std::size_t fan_in = layout.shape.fan_in();
  const auto groups = static_cast<std::size_t>(layout.shape.groups);
  PQ_CHECK(weights.size() == groups * layout.outputs * fan_in);
  RingTensor rows(layout.convolution.accumulator, weights.size());
  rows.with_word([&]<typename Word>(std::type_identity<Word>) {
    const auto out = rows.words<Word>();
    for (std::size_t group = 0; group < groups; ++group) {
      for (std::size_t d = 0; d < layout.outputs; ++d) {
        for (std::size_t k = 0; k < fan_in; ++k)
          out[(group * fan_in + k) * layout.outputs + d] =
              static_cast<Word>(weights[(group * layout.outputs + d) * fan_in + k]);
      }
    }
  });
  return rows;
}

RingTensor gather_copies(const Layout& layout, const RingTensor& x) {
  PQ_CHECK(x.size() == layout.shape.inputs() && x.width() == layout.convolution.input);
  RingTensor copies(x.width(), layout.copies.size());
  x.with_word([&]<typename Word>(std::type_identity<Word>) {
    const auto in = x.words<Word>();
    const auto out = copies.words<Word>();
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = in[layout.copies[i].input];
  });
  return copies;
}

// The pads of a chunk: `blocks` blocks a seed.
SecretVector<Block> stretch(SecretVector<Block> seeds, std::size_t blocks) {
  if (blocks == 1) return seeds;
  SecretVector<Block> pads(seeds.size() * blocks);
  expand_seeds(seeds, blocks, pads);
  return pads;
}

// The chosen bits of the client: bit i of its share of every copy, or its share of the wrap for i = m.
RingTensor driver_bit(const RingTensor& copies, const RingTensor& wraps, int i) {
  return i < copies.width().bits() ? convert(shift_right(copies, i), bit_width) : wraps;
}

int driver_bits(const Convolution& convolution) {
  return convolution.input.bits() + (has_wrap(convolution) ? 1 : 0);
}

// What the server computes alone: W·x0, moved back for signed inputs, and W·w0·(−2^m).
void add_own_products(const Layout& layout, const RingTensor& weights, const RingTensor& copies,
                      const RingTensor& wraps, Accumulators& accumulators) {
  const Convolution& convolution = layout.convolution;
  const std::uint64_t moved_back = convolution.input_is_signed ? 0 - convolution.input.sign_bit() : 0;
  SecretVector<ProductRow> rows(layout.copies.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const ConvolutionCopy& copy = layout.copies[i];
    std::uint64_t factor = copies.get(i) + moved_back;
    if (has_wrap(convolution) && wraps.get(i) != 0) factor -= std::uint64_t{1} << convolution.input.bits();
    rows[i] = {weights.raw().data() + copy.weight_row * layout.row_bytes(), accumulators.row(copy.output_row),
               factor};
  }
  product_rows(layout.word, rows.data(), rows.size(), layout.outputs);
}

void serve_bit(Party& party, const Layout& layout, const RingTensor& weights, const RingTensor& wraps, int i,
               Accumulators& accumulators) {
  const Width message_width(layout.convolution.accumulator.bits() - i);
  const bool is_wrap = i == layout.convolution.input.bits();
  const RingTensor corrections = receive_tensor(party.channel, bit_width, layout.copies.size());
  const auto swap = corrections.words<std::uint8_t>();
  const std::size_t blocks = layout.pad_blocks();
  SecretVector<std::uint8_t> buffer;
  SecretVector<ServerRow> rows;
  for (std::size_t begin = 0; begin < layout.copies.size(); begin += layout.chunk()) {
    const std::size_t count = std::min(layout.chunk(), layout.copies.size() - begin);
    SeedPadsSender seeds = party.correlations.draw_seeds_sender(count);
    const SecretVector<Block> zero = stretch(std::move(seeds.zero), blocks);
    const SecretVector<Block> one = stretch(std::move(seeds.one), blocks);
    RingTensor messages(layout.convolution.accumulator, count * layout.outputs);
    rows.resize(count);
    for (std::size_t j = 0; j < count; ++j) {
      const ConvolutionCopy& copy = layout.copies[begin + j];
      // The wrap counts −2^m, so W·(1 − 2·w0) enters negated.
      const bool negative = is_wrap && wraps.words<std::uint8_t>()[begin + j] == 0;
      rows[j] = {&zero[j * blocks],
                 &one[j * blocks],
                 weights.raw().data() + copy.weight_row * layout.row_bytes(),
                 messages.raw().data() + j * layout.row_bytes(),
                 accumulators.row(copy.output_row),
                 swap[begin + j] != 0,
                 negative};
    }
    server_rows(layout.word, rows.data(), count, layout.outputs, i, message_width.mask());
    const RingTensor narrow = convert(messages, message_width);
    buffer.resize(message_width.packed_bytes(narrow.size()));
    pack(narrow, 0, narrow.size(), buffer);
    party.channel.send(buffer);
  }
}

void take_bit(Party& party, const Layout& layout, const RingTensor& choices, SecretVector<Block>& seeds,
              int i, Accumulators& accumulators) {
  const Width message_width(layout.convolution.accumulator.bits() - i);
  const std::size_t blocks = layout.pad_blocks();
  const auto bits = choices.words<std::uint8_t>();
  SecretVector<std::uint8_t> buffer;
  SecretVector<ClientRow> rows;
  for (std::size_t begin = 0; begin < layout.copies.size(); begin += layout.chunk()) {
    const std::size_t count = std::min(layout.chunk(), layout.copies.size() - begin);
    const auto first = seeds.begin() + static_cast<std::ptrdiff_t>(begin);
    const SecretVector<Block> pads =
        stretch(SecretVector<Block>(first, first + static_cast<std::ptrdiff_t>(count)), blocks);
    RingTensor narrow(message_width, count * layout.outputs);
    buffer.resize(message_width.packed_bytes(narrow.size()));
    party.channel.receive(buffer);
    unpack(buffer, narrow, 0, narrow.size());
    const RingTensor messages = convert(narrow, layout.convolution.accumulator);
    rows.resize(count);
    for (std::size_t j = 0; j < count; ++j) {
      rows[j] = {&pads[j * blocks], messages.raw().data() + j * layout.row_bytes(),
                 accumulators.row(layout.copies[begin + j].output_row), bits[begin + j] != 0};
    }
    client_rows(layout.word, rows.data(), count, layout.outputs, i);
  }
}

RingTensor serve(Party& party, const Layout& layout, std::span<const std::int16_t> weights,
                 const RingTensor& copies, const RingTensor& wraps) {
  Accumulators accumulators(layout);
  const RingTensor rows = weight_rows(layout, weights);
  for (int i = 0; i < driver_bits(layout.convolution); ++i)
    serve_bit(party, layout, rows, wraps, i, accumulators);
  add_own_products(layout, rows, copies, wraps, accumulators);
  return accumulators.by_channel();
}

RingTensor take(Party& party, const Layout& layout, const RingTensor& copies, const RingTensor& wraps) {
  Accumulators accumulators(layout);
  std::vector<SeedPadsReceiver> drawn;
  for (int i = 0; i < driver_bits(layout.convolution); ++i) {
    drawn.push_back(party.correlations.draw_seeds_receiver(layout.copies.size()));
    RingTensor corrections = driver_bit(copies, wraps, i);
    const auto words = corrections.words<std::uint8_t>();
    for (std::size_t j = 0; j < words.size(); ++j) words[j] ^= drawn.back().choices[j];
    send_tensor(party.channel, corrections);
  }
  party.channel.flush();
  for (int i = 0; i < driver_bits(layout.convolution); ++i)
    take_bit(party, layout, driver_bit(copies, wraps, i), drawn[static_cast<std::size_t>(i)].chosen, i,
             accumulators);
  return accumulators.by_channel();
}

}  // namespace

RingTensor convolve_by_activation(Party& party, const Convolution& convolution,
                                  std::span<const std::int16_t> weights, const RingTensor& x) {
  PQ_CHECK(convolution.accumulator >= convolution.input);
  const Layout layout(convolution);
  // A signed input is moved to the unsigned range; add_own_products moves the result back.
  const RingTensor moved =
      convolution.input_is_signed ? add_public(party, x, convolution.input.sign_bit()) : x;
  const RingTensor copies = gather_copies(layout, moved);
  const RingTensor wraps = has_wrap(convolution) ? wrap(party, copies) : RingTensor(bit_width, 0);
  return party.is_server() ? serve(party, layout, weights, copies, wraps)
                           : take(party, layout, copies, wraps);
}

void cost_convolve_by_activation(Cost& cost, const Convolution& convolution) {
  const ConvolutionShape& shape = convolution.shape;
  const std::size_t copies = count_convolution_copies(shape);
  if (has_wrap(convolution)) cost_wrap(cost, convolution.input, copies);
  const auto outputs = static_cast<std::size_t>(shape.out_channels / shape.groups);
  std::size_t choices = 0;
  std::size_t messages = 0;
  for (int i = 0; i < driver_bits(convolution); ++i) {
    cost.demand.ots(Role::server, 1) += copies;
    choices += bit_width.packed_bytes(copies);
    messages += Width(convolution.accumulator.bits() - i).packed_bytes(copies * outputs);
  }
  cost.message(Role::client, choices);
  cost.message(Role::server, messages);
}

}  // namespace privquant

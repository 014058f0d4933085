#include "mpc/convolve_by_activation.h"

#include <algorithm>
#include <vector>

#include "mpc/convolution_copies.h"
#include "mpc/convolve_kernels.h"
#include "mpc/convolve_row_ots.h"
#include "mpc/millionaires.h"
#include "mpc/public_constant.h"
#include "ot/wire.h"

namespace privquant {
namespace {

// The OTs of one convolution and its accumulators' rows.
struct Layout {
  const Convolution& convolution;
  ConvolutionCopies units;
  std::size_t outputs;    // per copy: the output channels of its group
  std::size_t row_bytes;  // of a copy's products

  explicit Layout(const Convolution& c)
      : convolution(c),
        units(c.protocol == ConvolutionProtocol::after_im2col ? separate_copies(c.shape)
                                                              : copies_by_input(c.shape)),
        outputs(static_cast<std::size_t>(c.shape.out_channels / c.shape.groups)),
        row_bytes(outputs * c.accumulator.word_bytes()) {}

  std::size_t word() const { return convolution.accumulator.word_bytes(); }
};

// Consecutive units of one class whose OTs are handled at a time.
struct Batch {
  std::size_t unit;
  std::size_t count;
  std::size_t copies_per_unit;
  const ConvolutionCopy* copies;
};

template <typename F>
void for_each_batch(const Layout& layout, F&& f) {
  std::size_t unit = 0;
  const ConvolutionCopy* copies = layout.units.copies.data();
  for (const auto& [copies_per_unit, units] : layout.units.classes) {
    const std::size_t most = row_ots_per_batch(copies_per_unit * layout.outputs);
    for (std::size_t begin = 0; begin < units; begin += most) {
      const std::size_t count = std::min(most, units - begin);
      f(Batch{unit, count, copies_per_unit, copies});
      unit += count;
      copies += count * copies_per_unit;
    }
  }
}

// Whether the wrap is computed: with l = m the accumulator's ring is the input's.
bool has_wrap(const Convolution& convolution) {
  return convolution.sharing == InputSharing::general && convolution.accumulator > convolution.input;
}

int driver_bits(const Convolution& convolution) {
  return convolution.input.bits() + (has_wrap(convolution) ? 1 : 0);
}

// Accumulators by output row; turned to channels × pixels at the end.
class Accumulators {
 public:
  explicit Accumulators(const Layout& layout)
      : layout_(layout),
        words_(RingTensor::zeros(layout.convolution.accumulator, layout.convolution.shape.outputs())) {}

  std::uint8_t* row(std::size_t index) { return words_.raw().data() + index * layout_.row_bytes; }

  RingTensor by_channel() {
    RingTensor result(words_.width(), words_.size());
    const std::size_t positions = layout_.convolution.shape.positions();
    words_.with_word([&]<typename Word>(std::type_identity<Word>) {
      const auto in = words_.words<Word>();
      const auto out = result.words<Word>();
      const auto mask = static_cast<Word>(words_.width().mask());
      for (std::size_t group = 0; group < static_cast<std::size_t>(layout_.convolution.shape.groups);
           ++group) {
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
  const std::size_t fan_in = layout.convolution.shape.fan_in();
  const auto groups = static_cast<std::size_t>(layout.convolution.shape.groups);
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

// The share of each unit's value.
RingTensor gather_units(const Layout& layout, const RingTensor& x) {
  RingTensor values(x.width(), layout.units.units());
  x.with_word([&]<typename Word>(std::type_identity<Word>) {
    const auto in = x.words<Word>();
    const auto out = values.words<Word>();
    for_each_batch(layout, [&](const Batch& batch) {
      for (std::size_t j = 0; j < batch.count; ++j)
        out[batch.unit + j] = in[batch.copies[j * batch.copies_per_unit].input];
    });
  });
  return values;
}

// The server's part of the units: its shares and what it knows of their wraps, w0 or m0.
struct ServerUnits {
  RingTensor values;
  RingTensor wraps;  // empty where nothing wraps
};

// What the server computes alone: W·x0, moved back for signed inputs, and W·(−2^m) where its part of the wrap
// is 1.
void add_own_products(const Layout& layout, const RingTensor& weights, const ServerUnits& own,
                      Accumulators& accumulators) {
  const Convolution& convolution = layout.convolution;
  const std::uint64_t moved_back = convolution.input_is_signed ? 0 - convolution.input.sign_bit() : 0;
  // Where m = 64, l = 64 too and 2^m vanishes.
  const std::uint64_t wrap = convolution.input.bits() < 64 ? std::uint64_t{1} << convolution.input.bits() : 0;
  SecretVector<ProductRow> rows;
  for_each_batch(layout, [&](const Batch& batch) {
    rows.resize(batch.count * batch.copies_per_unit);
    for (std::size_t j = 0; j < batch.count; ++j) {
      std::uint64_t factor = own.values.get(batch.unit + j) + moved_back;
      if (!own.wraps.empty() && own.wraps.get(batch.unit + j) != 0) factor -= wrap;
      for (std::size_t c = 0; c < batch.copies_per_unit; ++c) {
        const ConvolutionCopy& copy = batch.copies[j * batch.copies_per_unit + c];
        rows[j * batch.copies_per_unit + c] = {weights.raw().data() + copy.weight_row * layout.row_bytes,
                                               accumulators.row(copy.output_row), factor};
      }
    }
    product_rows(layout.word(), rows.data(), rows.size(), layout.outputs);
  });
}

void serve_bit(Party& party, const Layout& layout, const RingTensor& weights, const ServerUnits& own, int i,
               Accumulators& accumulators) {
  const Convolution& convolution = layout.convolution;
  const std::uint64_t mask = Width(convolution.accumulator.bits() - i).mask();
  // The wrap counts −2^m, so W·(1 − 2·w0) enters negated; with a known msb, W·(2·m0 − 1) for the top bit.
  const bool is_signed_bit = convolution.sharing == InputSharing::msb_zero ? i == convolution.input.bits() - 1
                                                                           : i == convolution.input.bits();
  const RingTensor corrections = receive_tensor(party.channel, bit_width, layout.units.units());
  const auto swap = corrections.words<std::uint8_t>();
  RowOtSender ots(party, convolution.accumulator);
  SecretVector<SenderRow> rows;
  for_each_batch(layout, [&](const Batch& batch) {
    ots.begin(batch.count, batch.copies_per_unit * layout.outputs);
    rows.resize(batch.count * batch.copies_per_unit);
    for (std::size_t j = 0; j < batch.count; ++j) {
      const auto pads = ots.pads(j, swap[batch.unit + j] != 0);
      const bool negative = is_signed_bit && own.wraps.words<std::uint8_t>()[batch.unit + j] == 0;
      for (std::size_t c = 0; c < batch.copies_per_unit; ++c) {
        const ConvolutionCopy& copy = batch.copies[j * batch.copies_per_unit + c];
        const std::size_t at = c * layout.row_bytes;
        rows[j * batch.copies_per_unit + c] = {pads.zero + at,
                                               pads.one + at,
                                               weights.raw().data() + copy.weight_row * layout.row_bytes,
                                               ots.message(j) + at,
                                               accumulators.row(copy.output_row),
                                               negative};
      }
    }
    sender_rows(layout.word(), rows.data(), rows.size(), layout.outputs, i, mask);
    ots.send(i);
  });
}

void take_bit(Party& party, const Layout& layout, const RingTensor& choices, std::span<const Block> seeds,
              int i, Accumulators& accumulators) {
  const auto bits = choices.words<std::uint8_t>();
  RowOtReceiver ots(party, layout.convolution.accumulator);
  SecretVector<ReceiverRow> rows;
  for_each_batch(layout, [&](const Batch& batch) {
    ots.receive(seeds.subspan(batch.unit, batch.count), batch.copies_per_unit * layout.outputs, i);
    rows.resize(batch.count * batch.copies_per_unit);
    for (std::size_t j = 0; j < batch.count; ++j) {
      for (std::size_t c = 0; c < batch.copies_per_unit; ++c) {
        const std::size_t at = c * layout.row_bytes;
        rows[j * batch.copies_per_unit + c] = {
            ots.pad(j) + at, ots.message(j) + at,
            accumulators.row(batch.copies[j * batch.copies_per_unit + c].output_row),
            bits[batch.unit + j] != 0};
      }
    }
    receiver_rows(layout.word(), rows.data(), rows.size(), layout.outputs, i);
  });
}

RingTensor serve(Party& party, const Layout& layout, std::span<const std::int16_t> weights,
                 const ServerUnits& own) {
  Accumulators accumulators(layout);
  const RingTensor rows = weight_rows(layout, weights);
  for (int i = 0; i < driver_bits(layout.convolution); ++i)
    serve_bit(party, layout, rows, own, i, accumulators);
  add_own_products(layout, rows, own, accumulators);
  return accumulators.by_channel();
}

RingTensor take(Party& party, const Layout& layout, const RingTensor& values, const RingTensor& wraps) {
  Accumulators accumulators(layout);
  const int bits = driver_bits(layout.convolution);
  // Bit i of the client's share of every unit, or its share of the wrap for i = m.
  const auto driver_bit = [&](int i) {
    return i < values.width().bits() ? convert(shift_right(values, i), bit_width) : wraps;
  };
  std::vector<SeedPadsReceiver> drawn;
  for (int i = 0; i < bits; ++i) {
    drawn.push_back(party.correlations.draw_seeds_receiver(values.size()));
    RingTensor corrections = driver_bit(i);
    const auto words = corrections.words<std::uint8_t>();
    for (std::size_t j = 0; j < words.size(); ++j) words[j] ^= drawn.back().choices[j];
    send_tensor(party.channel, corrections);
  }
  party.channel.flush();
  for (int i = 0; i < bits; ++i)
    take_bit(party, layout, driver_bit(i), drawn[static_cast<std::size_t>(i)].chosen, i, accumulators);
  return accumulators.by_channel();
}

// A signed input is moved to the unsigned range; add_own_products moves the result back.
RingTensor move_to_unsigned(const Party& party, const Convolution& convolution, const RingTensor& x) {
  if (!convolution.input_is_signed) return x;
  if (convolution.sharing != InputSharing::client_only)
    return add_public(party, x, convolution.input.sign_bit());
  return party.is_server() ? x : add_constant(x, convolution.input.sign_bit());
}

bool is_zero(const RingTensor& x) {
  return x.with_word([&]<typename Word>(std::type_identity<Word>) {
    const auto words = x.words<Word>();
    return std::all_of(words.begin(), words.end(), [](Word word) { return word == 0; });
  });
}

}  // namespace

RingTensor convolve_by_activation(Party& party, const Convolution& convolution,
                                  std::span<const std::int16_t> weights, const RingTensor& x) {
  PQ_CHECK(convolution.accumulator >= convolution.input);
  PQ_CHECK(x.size() == convolution.shape.inputs() && x.width() == convolution.input);
  // The client's share must be the value itself: any other sharing has a wrap, and sums would be wrong.
  PQ_CHECK(convolution.sharing != InputSharing::client_only || !party.is_server() || is_zero(x));
  const Layout layout(convolution);
  const RingTensor values = gather_units(layout, move_to_unsigned(party, convolution, x));
  RingTensor wraps(bit_width, 0);
  if (has_wrap(convolution)) wraps = wrap(party, values);
  if (!party.is_server()) return take(party, layout, values, wraps);
  if (convolution.sharing == InputSharing::msb_zero) wraps = sign_bits(values);
  return serve(party, layout, weights, {values, std::move(wraps)});
}

void cost_convolve_by_activation(Cost& cost, const Convolution& convolution) {
  const bool separate = convolution.protocol == ConvolutionProtocol::after_im2col;
  const std::vector<CopyClass> classes =
      separate ? std::vector<CopyClass>{{1, count_convolution_copies(convolution.shape)}}
               : count_copies_by_input(convolution.shape);
  const auto outputs = static_cast<std::size_t>(convolution.shape.out_channels / convolution.shape.groups);
  std::size_t units = 0;
  for (const CopyClass& copy_class : classes) units += copy_class.units;
  if (has_wrap(convolution)) cost_wrap(cost, convolution.input, units);
  std::size_t choices = 0;
  std::size_t messages = 0;
  for (int i = 0; i < driver_bits(convolution); ++i) {
    cost.demand.ots(Role::server, 1) += units;
    choices += bit_width.packed_bytes(units);
    for (const auto& [copies, count] : classes)
      messages += row_ot_bytes(convolution.accumulator, i, count, copies * outputs);
  }
  cost.message(Role::client, choices);
  cost.message(Role::server, messages);
}

}  // namespace privquant

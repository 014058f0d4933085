#include "mpc/matrix_product.h"

#include <algorithm>
#include <utility>

#include "mpc/convolve_kernels.h"
#include "mpc/convolve_row_ots.h"
#include "ot/wire.h"

namespace privquant {
namespace {

// The order of the OTs: batches of entries, and in each bit by bit. Calls f(first entry, entries, bit).
template <typename F>
void for_each_batch(const MatrixProductSize& size, F&& f) {
  const std::size_t most = row_ots_per_batch(size.columns);
  for (std::size_t begin = 0; begin < size.weights(); begin += most) {
    const std::size_t count = std::min(most, size.weights() - begin);
    for (int i = 0; i < size.driver_bits(); ++i) f(begin, count, i);
  }
}

std::size_t count_ots(const std::vector<MatrixProductSize>& sizes) {
  std::size_t total = 0;
  for (const MatrixProductSize& size : sizes)
    total += size.weights() * static_cast<std::size_t>(size.driver_bits());
  return total;
}

bool bit_of(std::int16_t weight, int i) { return ((weight >> i) & 1) != 0; }

// Walks the entries of W in order: row k of x1 that an entry meets, and row of the sum that it adds to.
class Entry {
 public:
  Entry(const MatrixProductSize& size, std::size_t index)
      : size_(size), inner_(index % size.inner), row_(index / size.inner) {}
  std::size_t operand_row() const { return row_ / size_.rows * size_.inner + inner_; }
  std::size_t sum_row() const { return row_; }
  void next() {
    if (++inner_ < size_.inner) return;
    inner_ = 0;
    ++row_;
  }

 private:
  const MatrixProductSize& size_;
  std::size_t inner_;
  std::size_t row_;
};

void reduce(RingTensor& values) {
  values.with_word([&]<typename Word>(std::type_identity<Word>) {
    const auto mask = static_cast<Word>(values.width().mask());
    for (Word& word : values.words<Word>()) word &= mask;
  });
}

}  // namespace

MatrixProducts::MatrixProducts(Party& party, std::vector<MatrixProductSize> sizes,
                               SecretVector<std::int16_t> weights)
    : party_(party), sizes_(std::move(sizes)), weights_(std::move(weights)), corrections_(bit_width, 0) {
  std::size_t entries = 0;
  for (const MatrixProductSize& size : sizes_) {
    PQ_CHECK(size.weights() * size.columns != 0 && size.weight_bits >= 1 && size.weight_bits <= 16);
    entries += size.weights();
  }
  if (party.is_server()) {
    PQ_CHECK(weights_.size() == entries);
    choose();
  } else {
    corrections_ = receive_tensor(party.channel, bit_width, count_ots(sizes_));
  }
}

void MatrixProducts::choose() {
  seeds_ = party_.correlations.draw_seeds_receiver(count_ots(sizes_));
  RingTensor corrections(bit_width, seeds_.choices.size());
  const auto out = corrections.words<std::uint8_t>();
  std::size_t ot = 0;
  const std::int16_t* weights = weights_.data();
  for (const MatrixProductSize& size : sizes_) {
    const std::int32_t half = std::int32_t{1} << (size.weight_bits - 1);
    PQ_CHECK(std::all_of(weights, weights + size.weights(),
                         [half](std::int16_t weight) { return weight >= -half && weight < half; }));
    for_each_batch(size, [&](std::size_t begin, std::size_t count, int i) {
      for (std::size_t j = 0; j < count; ++j, ++ot)
        out[ot] = static_cast<std::uint8_t>(bit_of(weights[begin + j], i)) ^ seeds_.choices[ot];
    });
    weights += size.weights();
  }
  send_tensor(party_.channel, corrections);
  party_.channel.flush();
}

RingTensor MatrixProducts::next(const RingTensor& x) {
  const MatrixProductSize& size = sizes_.at(product_++);
  PQ_CHECK(x.width() == size.ring && x.size() == size.groups * size.inner * size.columns);
  RingTensor sum = RingTensor::zeros(size.ring, size.groups * size.rows * size.columns);
  if (party_.is_server()) {
    add_own_product(size, x, sum);
    receive(size, sum);
  } else {
    send(size, x, sum);
  }
  weight_ += size.weights();
  reduce(sum);
  return sum;
}

void MatrixProducts::add_own_product(const MatrixProductSize& size, const RingTensor& x,
                                     RingTensor& sum) const {
  const std::size_t row_bytes = size.columns * size.ring.word_bytes();
  SecretVector<ProductRow> rows(size.inner);
  Entry entry(size, 0);
  for (std::size_t begin = weight_; begin < weight_ + size.weights(); begin += size.inner) {
    for (std::size_t k = 0; k < size.inner; ++k, entry.next()) {
      rows[k] = {x.raw().data() + entry.operand_row() * row_bytes,
                 sum.raw().data() + entry.sum_row() * row_bytes,
                 static_cast<std::uint64_t>(std::int64_t{weights_[begin + k]})};
    }
    product_rows(size.ring.word_bytes(), rows.data(), rows.size(), size.columns);
  }
}

void MatrixProducts::receive(const MatrixProductSize& size, RingTensor& sum) {
  const std::size_t row_bytes = size.columns * size.ring.word_bytes();
  RowOtReceiver ots(party_, size.ring);
  SecretVector<ReceiverRow> rows;
  for_each_batch(size, [&](std::size_t begin, std::size_t count, int i) {
    ots.receive(std::span(seeds_.chosen).subspan(ot_, count), size.columns, i);
    rows.resize(count);
    Entry entry(size, begin);
    for (std::size_t j = 0; j < count; ++j, entry.next()) {
      rows[j] = {ots.pad(j), ots.message(j), sum.raw().data() + entry.sum_row() * row_bytes,
                 bit_of(weights_[weight_ + begin + j], i)};
    }
    receiver_rows(size.ring.word_bytes(), rows.data(), count, size.columns, i);
    ot_ += count;
  });
}

void MatrixProducts::send(const MatrixProductSize& size, const RingTensor& x, RingTensor& sum) {
  const std::size_t row_bytes = size.columns * size.ring.word_bytes();
  const auto swap = std::as_const(corrections_).words<std::uint8_t>();
  RowOtSender ots(party_, size.ring);
  SecretVector<SenderRow> rows;
  for_each_batch(size, [&](std::size_t begin, std::size_t count, int i) {
    ots.begin(count, size.columns);
    rows.resize(count);
    Entry entry(size, begin);
    for (std::size_t j = 0; j < count; ++j, entry.next()) {
      const auto pads = ots.pads(j, swap[ot_ + j] != 0);
      rows[j] = {pads.zero,
                 pads.one,
                 x.raw().data() + entry.operand_row() * row_bytes,
                 ots.message(j),
                 sum.raw().data() + entry.sum_row() * row_bytes,
                 i == size.weight_bits - 1};
    }
    sender_rows(size.ring.word_bytes(), rows.data(), count, size.columns, i,
                Width(size.ring.bits() - i).mask());
    ots.send(i);
    ot_ += count;
  });
}

void cost_matrix_products(Cost& cost, const std::vector<MatrixProductSize>& sizes) {
  const std::size_t ots = count_ots(sizes);
  std::size_t messages = 0;
  for (const MatrixProductSize& size : sizes) {
    for (int i = 0; i < size.driver_bits(); ++i)
      messages += row_ot_bytes(size.ring, i, size.weights(), size.columns);
  }
  cost.demand.ots(Role::client, 1) += ots;
  cost.message(Role::server, bit_width.packed_bytes(ots));
  cost.message(Role::client, messages);
}

}  // namespace privquant

#include "mpc/convolve_row_ots.h"

#include <algorithm>

#include "ring/pack.h"

namespace privquant {
namespace {

constexpr std::size_t batch_values = std::size_t{1} << 14;

// Uninitialised and never shrunk: what a batch leaves is overwritten by the next and wiped at the end.
template <typename T>
void make_room(SecretVector<T>& buffer, std::size_t size) {
  if (buffer.size() < size) buffer.resize(size);
}

const std::uint8_t* bytes_of(const Block* blocks) { return reinterpret_cast<const std::uint8_t*>(blocks); }

}  // namespace

std::size_t row_ots_per_batch(std::size_t values) {
  return std::max<std::size_t>(8, batch_values / values / 8 * 8);
}

void RowOtSender::begin(std::size_t count, std::size_t values) {
  count_ = count;
  row_bytes_ = values * ring_.word_bytes();
  make_room(messages_, count * row_bytes_);
  seeds_ = party_.correlations.draw_seeds_sender(count);
  // A single block is the pad itself.
  const std::size_t blocks = ceil_div(row_bytes_, sizeof(Block));
  pad_bytes_ = blocks * sizeof(Block);
  zero_ = bytes_of(seeds_.zero.data());
  one_ = bytes_of(seeds_.one.data());
  if (blocks == 1) return;
  make_room(stretched_, 2 * count * blocks);
  const std::span<Block> zero(stretched_.data(), count * blocks);
  const std::span<Block> one(stretched_.data() + count * blocks, count * blocks);
  expand_seeds(seeds_.zero, blocks, zero);
  expand_seeds(seeds_.one, blocks, one);
  zero_ = bytes_of(zero.data());
  one_ = bytes_of(one.data());
}

void RowOtSender::send(int i) {
  const Width width(ring_.bits() - i);
  const std::size_t bytes = count_ * row_bytes_;
  const std::size_t packed_bytes = width.packed_bytes(bytes / ring_.word_bytes());
  make_room(packed_, packed_bytes);
  const MutableBytes packed = std::span(packed_).first(packed_bytes);
  pack_words(std::span(messages_).first(bytes), ring_.word_bytes(), width, packed);
  party_.channel.send(packed);
}

void RowOtReceiver::receive(std::span<const Block> seeds, std::size_t values, int i) {
  const Width width(ring_.bits() - i);
  row_bytes_ = values * ring_.word_bytes();
  const std::size_t blocks = ceil_div(row_bytes_, sizeof(Block));
  pad_bytes_ = blocks * sizeof(Block);
  pads_ = bytes_of(seeds.data());
  if (blocks != 1) {
    make_room(stretched_, seeds.size() * blocks);
    const std::span<Block> pads(stretched_.data(), seeds.size() * blocks);
    expand_seeds(seeds, blocks, pads);
    pads_ = bytes_of(pads.data());
  }
  const std::size_t packed_bytes = width.packed_bytes(seeds.size() * values);
  make_room(packed_, packed_bytes);
  make_room(messages_, seeds.size() * row_bytes_);
  const MutableBytes packed = std::span(packed_).first(packed_bytes);
  party_.channel.receive(packed);
  unpack_words(packed, width, ring_.word_bytes(), std::span(messages_).first(seeds.size() * row_bytes_));
}

}  // namespace privquant

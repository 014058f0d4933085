#include "ot/packed_ot.h"

#include <algorithm>

#include "base/error.h"
#include "base/parallel_for.h"

namespace privquant {
namespace {

constexpr std::size_t chunk = std::size_t{1} << 16;  // OTs that are packed at a time
constexpr std::size_t grain = chunk / 8;             // worth a thread

// out.size() OTs: COT j of OT i is row j · out.size() + i.
void pack(std::span<const Block> rows, std::span<Block> out, unsigned threads) {
  const std::size_t count = out.size();
  const std::size_t parts = rows.size() / count;
  parallel_for(
      count, grain,
      [&](std::size_t begin, std::size_t end) {
        const auto row = [&](std::size_t j, std::size_t i) { return rows[j * count + i]; };
        for (std::size_t i = begin; i < end; ++i) out[i] = row(parts - 1, i);
        for (std::size_t j = parts - 1; j-- > 0;) {
          for (std::size_t i = begin; i < end; ++i) out[i] = times_x(out[i]) ^ row(j, i);
        }
      },
      threads);
}

// Choice bit j of OT i is that of its COT j.
void pack_choices(std::span<const Block> rows, std::span<std::uint8_t> out, unsigned threads) {
  const std::size_t count = out.size();
  const std::size_t parts = rows.size() / count;
  parallel_for(
      count, grain,
      [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
          unsigned choice = 0;
          for (std::size_t j = 0; j < parts; ++j) choice |= unsigned{choice_of(rows[j * count + i])} << j;
          out[i] = static_cast<std::uint8_t>(choice);
        }
      },
      threads);
}

// The place of `count` more elements.
template <typename T>
std::span<T> appended(SecretVector<T>& values, std::size_t count) {
  values.resize(values.size() + count);
  return std::span(values).last(count);
}

class PackedSender final : public RandomOtSender {
 public:
  PackedSender(int choice_bits, RandomCotSender& cots, unsigned threads)
      : choice_bits_(choice_bits),
        cots_(cots),
        offsets_(std::size_t{1} << choice_bits, Block{}),
        threads_(threads) {
    Block power = cots.delta();  // X^j · Δ
    for (std::size_t bit = 1; bit < offsets_.size(); bit *= 2) {
      for (std::size_t v = 0; v < bit; ++v) offsets_[bit + v] = offsets_[v] ^ power;
      power = times_x(power);
    }
  }

  int choice_bits() const override { return choice_bits_; }
  std::span<const Block> offsets_low() const override { return offsets_; }
  std::span<const Block> offsets_high() const override { return {}; }

  void extend(Channel& channel, std::size_t count, OtRows& rows) override {
    if (choice_bits_ == 1) return cots_.extend(channel, count, rows.low);
    SecretVector<Block> part;
    for (std::size_t done = 0; done < count; done += chunk) {
      const std::size_t here = std::min(chunk, count - done);
      part.clear();
      cots_.extend(channel, here * static_cast<std::size_t>(choice_bits_), part);
      pack(part, appended(rows.low, here), threads_);
    }
  }

 private:
  int choice_bits_;
  RandomCotSender& cots_;
  SecretVector<Block> offsets_;
  unsigned threads_;
};

class PackedReceiver final : public RandomOtReceiver {
 public:
  PackedReceiver(int choice_bits, RandomCotReceiver& cots, unsigned threads)
      : choice_bits_(choice_bits), cots_(cots), threads_(threads) {}

  int choice_bits() const override { return choice_bits_; }

  void extend(Channel& channel, std::size_t count, OtRows& rows,
              SecretVector<std::uint8_t>& choices) override {
    const auto k = static_cast<std::size_t>(choice_bits_);
    SecretVector<Block> part;
    for (std::size_t done = 0; done < count; done += chunk) {
      const std::size_t here = std::min(chunk, count - done);
      part.clear();
      cots_.extend(channel, here * k, part);
      pack(part, appended(rows.low, here), threads_);
      pack_choices(part, appended(choices, here), threads_);
    }
  }

 private:
  int choice_bits_;
  RandomCotReceiver& cots_;
  unsigned threads_;
};

}  // namespace

std::unique_ptr<RandomOtSender> make_packed_sender(int choice_bits, RandomCotSender& cots, unsigned threads) {
  PQ_CHECK(choice_bits >= 1 && choice_bits <= 8);
  return std::make_unique<PackedSender>(choice_bits, cots, threads);
}

std::unique_ptr<RandomOtReceiver> make_packed_receiver(int choice_bits, RandomCotReceiver& cots,
                                                       unsigned threads) {
  PQ_CHECK(choice_bits >= 1 && choice_bits <= 8);
  return std::make_unique<PackedReceiver>(choice_bits, cots, threads);
}

}  // namespace privquant

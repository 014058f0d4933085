#include "ot/packed_ot.h"

#include <algorithm>

#include "base/error.h"

namespace privquant {
namespace {

constexpr std::size_t chunk = std::size_t{1} << 16;  // OTs that are packed at a time

// COT j of OT i is row j · count + i. Appends to `out`.
void pack(std::span<const Block> rows, std::size_t count, SecretVector<Block>& out) {
  const std::size_t begin = out.size();
  const std::size_t parts = rows.size() / count;
  const auto last = rows.last(count);
  out.insert(out.end(), last.begin(), last.end());
  for (std::size_t j = parts - 1; j-- > 0;) {
    for (std::size_t i = 0; i < count; ++i) out[begin + i] = times_x(out[begin + i]) ^ rows[j * count + i];
  }
}

class PackedSender final : public RandomOtSender {
 public:
  PackedSender(int choice_bits, RandomCotSender& cots)
      : choice_bits_(choice_bits), cots_(cots), offsets_(std::size_t{1} << choice_bits, Block{}) {
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
      pack(part, here, rows.low);
    }
  }

 private:
  int choice_bits_;
  RandomCotSender& cots_;
  SecretVector<Block> offsets_;
};

class PackedReceiver final : public RandomOtReceiver {
 public:
  PackedReceiver(int choice_bits, RandomCotReceiver& cots) : choice_bits_(choice_bits), cots_(cots) {}

  int choice_bits() const override { return choice_bits_; }

  void extend(Channel& channel, std::size_t count, OtRows& rows,
              SecretVector<std::uint8_t>& choices) override {
    const auto k = static_cast<std::size_t>(choice_bits_);
    SecretVector<Block> part;
    for (std::size_t done = 0; done < count; done += chunk) {
      const std::size_t here = std::min(chunk, count - done);
      part.clear();
      cots_.extend(channel, here * k, part);
      pack(part, here, rows.low);
      const std::size_t begin = choices.size();
      choices.resize(begin + here);
      for (std::size_t i = 0; i < here; ++i) {
        unsigned choice = 0;
        for (std::size_t j = 0; j < k; ++j) choice |= unsigned{choice_of(part[j * here + i])} << j;
        choices[begin + i] = static_cast<std::uint8_t>(choice);
      }
    }
  }

 private:
  int choice_bits_;
  RandomCotReceiver& cots_;
};

}  // namespace

std::unique_ptr<RandomOtSender> make_packed_sender(int choice_bits, RandomCotSender& cots) {
  PQ_CHECK(choice_bits >= 1 && choice_bits <= 8);
  return std::make_unique<PackedSender>(choice_bits, cots);
}

std::unique_ptr<RandomOtReceiver> make_packed_receiver(int choice_bits, RandomCotReceiver& cots) {
  PQ_CHECK(choice_bits >= 1 && choice_bits <= 8);
  return std::make_unique<PackedReceiver>(choice_bits, cots);
}

}  // namespace privquant

#include "ot/code_extension.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/error.h"
#include "ot/bit_transpose.h"
#include "ot/column_kernels.h"

namespace privquant {
namespace {

constexpr std::size_t chunk_bytes =
    1024;  // of one column: 8192 OTs, and 128 columns fit the second-level cache
constexpr std::size_t chunk_ots = 8 * chunk_bytes;

// Each code gets seeds of its own from the base OTs: block k of the seed's stream.
Block seed_for_code(Block base_seed, int choice_bits) {
  std::array<Block, max_choice_bits + 1> stream;
  expand_seeds({&base_seed, 1}, stream.size(), stream);
  const Block seed = stream[static_cast<std::size_t>(choice_bits)];
  wipe(stream.data(), sizeof stream);
  return seed;
}

std::size_t rounded_up(std::size_t value, std::size_t unit) { return ceil_div(value, unit) * unit; }

// Columns of a chunk, laid out for transpose_128 with a row length that is a multiple of 64 bytes.
class ColumnMatrix {
 public:
  explicit ColumnMatrix(OtCode code)
      : code_(code), halves_(code.columns() > 128 ? 2 : 1), bytes_(halves_ * 128 * chunk_bytes) {
    set_length(chunk_bytes);
  }
  void set_length(std::size_t column_bytes) {
    const std::size_t stride = rounded_up(column_bytes, 64);
    if (stride == stride_) return;
    stride_ = stride;
    // The bits of a row that no column fills are zero; under another stride other bytes lay there.
    std::fill(bytes_.data(), column(0), std::uint8_t{0});
  }
  std::uint8_t* column(std::size_t index) { return bytes_.data() + code_.row_bit(index) * stride_; }

  // Appends the first `count` rows.
  void transpose_into(std::size_t count, OtRows& rows) {
    append(0, count, rows.low);
    if (halves_ == 2) append(1, count, rows.high);
  }

 private:
  void append(std::size_t half, std::size_t count, SecretVector<Block>& out) {
    const std::uint8_t* columns = bytes_.data() + half * 128 * stride_;
    const std::size_t begin = out.size();
    out.resize(begin + count);
    if (count == 8 * stride_) return transpose_128(columns, stride_, out.data() + begin);
    // The last group gives more rows than were asked for.
    transpose_128(columns, stride_, transposed_.data());
    std::copy_n(transposed_.begin(), count, out.begin() + static_cast<std::ptrdiff_t>(begin));
  }

  OtCode code_;
  std::size_t halves_;
  std::size_t stride_ = 0;
  SecretVector<std::uint8_t> bytes_;
  SecretVector<Block> transposed_ = SecretVector<Block>(chunk_ots);
};

class CodeSender final : public RandomOtSender {
 public:
  CodeSender(int choice_bits, std::span<const Block> seeds, std::span<const std::uint8_t> choices)
      : code_{choice_bits}, selected_(code_.columns()), matrix_(code_) {
    PQ_CHECK(seeds.size() >= code_.columns() && choices.size() >= code_.columns());
    const std::size_t values = std::size_t{1} << choice_bits;
    offsets_low_.assign(choice_bits > 1 ? values / 2 : values, Block{});
    if (choice_bits > 1) offsets_high_.assign(values, Block{});
    for (std::size_t column = 0; column < code_.columns(); ++column) {
      streams_.emplace_back(seed_for_code(seeds[column], choice_bits));
      selected_[column] = choices[column] & 1U;
      for (std::size_t v = 0; v < values; ++v) {
        const auto parity = static_cast<unsigned>(std::popcount(v & code_.functional(column))) & 1U;
        const std::size_t row_bit = code_.row_bit(column);
        const std::uint64_t bit = std::uint64_t{parity & selected_[column]} << (row_bit % 64);
        Block& half = row_bit < 128 ? offsets_low_[v % offsets_low_.size()] : offsets_high_[v];
        (row_bit % 128 < 64 ? half.low : half.high) |= bit;
      }
    }
  }

  int choice_bits() const override { return code_.choice_bits; }
  std::span<const Block> offsets_low() const override { return offsets_low_; }
  std::span<const Block> offsets_high() const override { return offsets_high_; }

  void extend(Channel& channel, std::size_t count, OtRows& rows) override {
    for (std::size_t done = 0; done < count; done += chunk_ots) {
      const std::size_t here = std::min(chunk_ots, count - done);
      const std::size_t bytes = 16 * ceil_div(here, 128);
      matrix_.set_length(bytes);
      for (std::size_t column = 0; column < code_.columns(); ++column) {
        std::uint8_t* q = matrix_.column(column);
        streams_[column].fill({q, bytes});
        if (code_.defines_choice(column)) continue;
        channel.receive({correction_.data(), bytes});
        xor_selected(q, correction_.data(), selected_[column] != 0, bytes);
      }
      matrix_.transpose_into(here, rows);
    }
  }

 private:
  OtCode code_;
  std::vector<Prg> streams_;
  SecretVector<std::uint8_t> selected_;
  SecretVector<Block> offsets_low_;
  SecretVector<Block> offsets_high_;
  ColumnMatrix matrix_;
  SecretVector<std::uint8_t> correction_ = SecretVector<std::uint8_t>(chunk_bytes);
};

class CodeReceiver final : public RandomOtReceiver {
 public:
  CodeReceiver(int choice_bits, std::span<const SeedPair> seeds)
      : code_{choice_bits}, matrix_(code_), codeword_(chunk_bytes << choice_bits) {
    PQ_CHECK(seeds.size() >= code_.columns());
    for (std::size_t column = 0; column < code_.columns(); ++column) {
      zero_streams_.emplace_back(seed_for_code(seeds[column][0], choice_bits));
      one_streams_.emplace_back(seed_for_code(seeds[column][1], choice_bits));
    }
  }

  int choice_bits() const override { return code_.choice_bits; }

  void extend(Channel& channel, std::size_t count, OtRows& rows,
              SecretVector<std::uint8_t>& choices) override {
    for (std::size_t done = 0; done < count; done += chunk_ots) {
      const std::size_t here = std::min(chunk_ots, count - done);
      const std::size_t bytes = 16 * ceil_div(here, 128);
      matrix_.set_length(bytes);
      draw_choices(bytes);
      for (std::size_t column = 0; column < code_.columns(); ++column) {
        if (code_.defines_choice(column)) continue;
        std::uint8_t* t = matrix_.column(column);
        zero_streams_[column].fill({t, bytes});
        one_streams_[column].fill({correction_.data(), bytes});
        xor_column(correction_.data(), t, codeword(code_.functional(column)), bytes);
        channel.send({correction_.data(), bytes});
      }
      matrix_.transpose_into(here, rows);
      append_choices(here, choices);
    }
    channel.flush();
  }

 private:
  // The codeword bits of a functional for the chunk's OTs.
  std::uint8_t* codeword(unsigned functional) { return codeword_.data() + functional * chunk_bytes; }

  void draw_choices(std::size_t bytes) {
    for (std::size_t column = 0; column < code_.columns(); ++column) {
      if (!code_.defines_choice(column)) continue;
      std::uint8_t* choice = codeword(code_.functional(column));
      zero_streams_[column].fill({matrix_.column(column), bytes});
      one_streams_[column].fill({choice, bytes});
      xor_into(choice, matrix_.column(column), bytes);
    }
    // Every other functional is the sum of a basis functional and a smaller one.
    for (unsigned m = 3; m < (1U << code_.choice_bits); ++m) {
      const unsigned top = std::bit_floor(m);
      if (m == top) continue;
      std::copy_n(codeword(top), bytes, codeword(m));
      xor_into(codeword(m), codeword(m ^ top), bytes);
    }
  }

  void append_choices(std::size_t count, SecretVector<std::uint8_t>& choices) {
    const std::size_t begin = choices.size();
    choices.resize(begin + count);
    std::fill_n(choices.begin() + static_cast<std::ptrdiff_t>(begin), count, std::uint8_t{0});
    for (int bit = 0; bit < code_.choice_bits; ++bit)
      spread_bits(codeword(1U << bit), bit, choices.data() + begin, count);
  }

  OtCode code_;
  std::vector<Prg> zero_streams_;
  std::vector<Prg> one_streams_;
  ColumnMatrix matrix_;
  SecretVector<std::uint8_t> codeword_;
  SecretVector<std::uint8_t> correction_ = SecretVector<std::uint8_t>(chunk_bytes);
};

}  // namespace

bool OtCode::defines_choice(std::size_t column) const {
  return column % copies() == 0 && std::has_single_bit(functional(column));
}

std::size_t OtCode::wire_bytes(std::size_t count) const {
  return (columns() - static_cast<std::size_t>(choice_bits)) * 16 * ceil_div(count, 128);
}

std::unique_ptr<RandomOtSender> make_code_sender(int choice_bits, std::span<const Block> seeds,
                                                 std::span<const std::uint8_t> choices) {
  return std::make_unique<CodeSender>(choice_bits, seeds, choices);
}

std::unique_ptr<RandomOtReceiver> make_code_receiver(int choice_bits, std::span<const SeedPair> seeds) {
  return std::make_unique<CodeReceiver>(choice_bits, seeds);
}

}  // namespace privquant

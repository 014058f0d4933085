#include "crypto/prg.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "crypto/prg.cc"
#include <hwy/foreach_target.h>  // compiles what follows once per instruction set
#include <hwy/highway.h>

#include "crypto/aes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace privquant::HWY_NAMESPACE {

void expand_key(const Block* key, Block* round_keys) {
  const RoundKeys keys(broadcast_block(key));
  alignas(64) Block lanes[max_aes_lanes];
  for (int round = 0; round <= 10; ++round) {
    store_blocks(keys.keys[round], lanes);
    round_keys[round] = lanes[0];
  }
  wipe(lanes, sizeof lanes);
}

// out[i] = AES(counter + i) under one key. Four vectors at a time hide the latency of a round.
HWY_INLINE void counter_blocks(const AesVector (&keys)[11], std::uint64_t counter, Block* out,
                               std::size_t blocks) {
  const AesTag d;
  const hn::Repartition<std::uint64_t, AesTag> d64;
  const std::size_t lanes = aes_lanes();
  alignas(64) Block first[max_aes_lanes];
  for (std::size_t lane = 0; lane < max_aes_lanes; ++lane) first[lane] = {counter + lane, 0};
  const Block step_block{lanes, 0};
  const auto step = hn::BitCast(d64, broadcast_block(&step_block));
  auto state = hn::BitCast(d64, load_blocks(first));

  std::size_t done = 0;
  for (; done + 4 * lanes <= blocks; done += 4 * lanes) {
    const auto next1 = hn::Add(state, step);
    const auto next2 = hn::Add(next1, step);
    const auto next3 = hn::Add(next2, step);
    auto a = hn::Xor(hn::BitCast(d, state), keys[0]);
    auto b = hn::Xor(hn::BitCast(d, next1), keys[0]);
    auto c = hn::Xor(hn::BitCast(d, next2), keys[0]);
    auto e = hn::Xor(hn::BitCast(d, next3), keys[0]);
    for (int round = 1; round <= 9; ++round) {
      a = hn::AESRound(a, keys[round]);
      b = hn::AESRound(b, keys[round]);
      c = hn::AESRound(c, keys[round]);
      e = hn::AESRound(e, keys[round]);
    }
    store_blocks(hn::AESLastRound(a, keys[10]), out + done);
    store_blocks(hn::AESLastRound(b, keys[10]), out + done + lanes);
    store_blocks(hn::AESLastRound(c, keys[10]), out + done + 2 * lanes);
    store_blocks(hn::AESLastRound(e, keys[10]), out + done + 3 * lanes);
    state = hn::Add(next3, step);
  }
  for (; done + lanes <= blocks; done += lanes) {
    auto a = hn::Xor(hn::BitCast(d, state), keys[0]);
    for (int round = 1; round <= 9; ++round) a = hn::AESRound(a, keys[round]);
    store_blocks(hn::AESLastRound(a, keys[10]), out + done);
    state = hn::Add(state, step);
  }
  if (done < blocks) {
    auto a = hn::Xor(hn::BitCast(d, state), keys[0]);
    for (int round = 1; round <= 9; ++round) a = hn::AESRound(a, keys[round]);
    store_blocks(hn::AESLastRound(a, keys[10]), first);
    std::memcpy(out + done, first, (blocks - done) * sizeof(Block));
    wipe(first, sizeof first);
  }
}

void counter_mode(const Block* round_keys, std::uint64_t counter, Block* out, std::size_t blocks) {
  AesVector keys[11];
  for (int round = 0; round <= 10; ++round) keys[round] = broadcast_block(round_keys + round);
  counter_blocks(keys, counter, out, blocks);
}

// Below this many blocks a seed, a vector holds one block each of several seeds; from there on it holds
// several blocks of one seed, which are stored as they come.
constexpr std::size_t long_stretch = 8;

void expand_seed_blocks(const Block* seeds, std::size_t count, std::size_t words, Block* out) {
  const std::size_t lanes = aes_lanes();
  alignas(64) Block buffer[max_aes_lanes];
  alignas(64) Block round_keys[11][max_aes_lanes];
  for (std::size_t first = 0; first < count; first += lanes) {
    const std::size_t here = count - first < lanes ? count - first : lanes;
    AesVector key;
    if (here == lanes) {
      key = load_blocks(seeds + first);
    } else {
      std::memcpy(buffer, seeds + first, here * sizeof(Block));
      key = load_blocks(buffer);
    }
    const RoundKeys schedule(key);
    if (words >= long_stretch) {
      for (int round = 0; round <= 10; ++round) store_blocks(schedule.keys[round], round_keys[round]);
      for (std::size_t lane = 0; lane < here; ++lane) {
        AesVector keys[11];
        for (int round = 0; round <= 10; ++round) keys[round] = broadcast_block(&round_keys[round][lane]);
        counter_blocks(keys, 0, out + (first + lane) * words, words);
      }
      continue;
    }
    for (std::size_t word = 0; word < words; ++word) {
      const Block counter{word, 0};
      store_blocks(schedule.encrypt(broadcast_block(&counter)), buffer);
      for (std::size_t lane = 0; lane < here; ++lane) out[(first + lane) * words + word] = buffer[lane];
    }
  }
  wipe(buffer, sizeof buffer);
  wipe(round_keys, sizeof round_keys);
}

}  // namespace privquant::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace privquant {
namespace {

HWY_EXPORT(expand_key);
HWY_EXPORT(counter_mode);
HWY_EXPORT(expand_seed_blocks);

}  // namespace

void random_bytes(MutableBytes out) {
  static const int ready = sodium_init();
  if (ready < 0) fail(ErrorCode::internal, "the operating system's random generator cannot be opened");
  randombytes_buf(out.data(), out.size());
}

Block random_block() {
  Block block;
  random_bytes({reinterpret_cast<std::uint8_t*>(&block), sizeof block});
  return block;
}

Prg::Prg(Block seed) { HWY_DYNAMIC_DISPATCH(expand_key)(&seed, round_keys_.data()); }

Prg::~Prg() { wipe(round_keys_.data(), sizeof round_keys_); }

Prg::Prg(Prg&& other) noexcept : round_keys_(other.round_keys_), counter_(other.counter_) {
  wipe(other.round_keys_.data(), sizeof other.round_keys_);
}

Prg& Prg::operator=(Prg&& other) noexcept {
  if (this != &other) {
    round_keys_ = other.round_keys_;
    counter_ = other.counter_;
    wipe(other.round_keys_.data(), sizeof other.round_keys_);
  }
  return *this;
}

void Prg::fill(MutableBytes out) {
  const std::size_t whole = out.size() / sizeof(Block);
  HWY_DYNAMIC_DISPATCH(counter_mode)
  (round_keys_.data(), counter_, reinterpret_cast<Block*>(out.data()), whole);
  counter_ += whole;
  if (const std::size_t left = out.size() % sizeof(Block); left != 0) {
    Block last = block();
    std::memcpy(out.data() + whole * sizeof(Block), &last, left);
    wipe(&last, sizeof last);
  }
}

Block Prg::block() {
  Block result;
  HWY_DYNAMIC_DISPATCH(counter_mode)(round_keys_.data(), counter_, &result, 1);
  ++counter_;
  return result;
}

void expand_seeds(std::span<const Block> seeds, std::size_t words, std::span<Block> out) {
  PQ_CHECK(out.size() == seeds.size() * words);
  HWY_DYNAMIC_DISPATCH(expand_seed_blocks)(seeds.data(), seeds.size(), words, out.data());
}

}  // namespace privquant
#endif  // HWY_ONCE

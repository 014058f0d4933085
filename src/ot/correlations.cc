#include "ot/correlations.h"

#include <algorithm>
#include <array>
#include <vector>

#include "crypto/correlation_hash.h"
#include "ot/lookup.h"
#include "ot/triples.h"

namespace privquant {
namespace {

// One kind of random OT in one direction, on the sender's side.
struct SenderPool {
  std::unique_ptr<RandomOtSender> extension;
  CorrelationHash hash{Block{}};
  OtRows rows;
  std::size_t next = 0;     // rows before it are drawn
  std::uint64_t tweak = 0;  // one per OT of the session, never reset
};

struct ReceiverPool {
  std::unique_ptr<RandomOtReceiver> extension;
  CorrelationHash hash{Block{}};
  OtRows rows;
  SecretVector<std::uint8_t> choices;
  std::size_t next = 0;
  std::uint64_t tweak = 0;
};

template <typename T>
void forget_drawn(SecretVector<T>& values, std::size_t drawn) {
  if (values.empty()) return;
  const std::size_t left = values.size() - drawn;
  std::move(values.begin() + static_cast<std::ptrdiff_t>(drawn), values.end(), values.begin());
  wipe(values.data() + left, drawn * sizeof(T));
  values.resize(left);
}

std::span<const Block> part(const SecretVector<Block>& rows, std::size_t begin, std::size_t count) {
  return std::span(rows).subspan(begin, count);
}

// Bits of one kind of triple, drawn from the front.
struct BitPool {
  std::vector<SecretVector<std::uint8_t>> columns;
  std::size_t next = 0;

  explicit BitPool(std::size_t column_count) : columns(column_count) {}

  void append(const std::vector<RingTensor>& bits) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      forget_drawn(columns[c], next);
      const auto words = bits[c].words<std::uint8_t>();
      columns[c].insert(columns[c].end(), words.begin(), words.end());
    }
    next = 0;
  }
  RingTensor column(std::size_t index, std::size_t count) const {
    RingTensor bits(bit_width, count);
    std::copy_n(columns[index].begin() + static_cast<std::ptrdiff_t>(next), count,
                bits.words<std::uint8_t>().begin());
    return bits;
  }
};

}  // namespace

struct Correlations::Store {
  Role role;
  Prg& random;
  std::array<SenderPool, max_choice_bits> sender;
  std::array<ReceiverPool, max_choice_bits> receiver;
  BitPool triples{3};
  BitPool triple_pairs{5};
  Demand stock;

  SenderPool& sender_pool(int choice_bits) { return sender[static_cast<std::size_t>(choice_bits - 1)]; }
  ReceiverPool& receiver_pool(int choice_bits) { return receiver[static_cast<std::size_t>(choice_bits - 1)]; }

  void extend(Channel& channel, Role sending, const Demand& demand) {
    for (int k = 1; k <= max_choice_bits; ++k) {
      const std::size_t count = demand.ots(sending, k);
      if (count == 0) continue;
      if (role == sending) {
        SenderPool& pool = sender_pool(k);
        make_room(pool.rows, pool.next, count);
        pool.extension->extend(channel, count, pool.rows);
      } else {
        ReceiverPool& pool = receiver_pool(k);
        forget_drawn(pool.choices, pool.next);
        pool.choices.reserve(pool.choices.size() + count);
        make_room(pool.rows, pool.next, count);
        pool.extension->extend(channel, count, pool.rows, pool.choices);
      }
      stock.ots(sending, k) += count;
    }
  }

  static void make_room(OtRows& rows, std::size_t& next, std::size_t count) {
    forget_drawn(rows.low, next);
    forget_drawn(rows.high, next);
    next = 0;
    rows.low.reserve(rows.low.size() + count);
    if (!rows.high.empty()) rows.high.reserve(rows.high.size() + count);
  }

  // Takes `count` off the stock; a plan that draws more than it announced is a bug.
  void take(std::size_t& available, std::size_t count) const {
    PQ_CHECK(count <= available);
    available -= count;
  }
};

Correlations::Correlations(Channel& channel, Role role, Prg& random)
    : store_(std::make_unique<Store>(Store{role, random, {}, {}, BitPool(3), BitPool(5), {}})) {
  // Flight 1: nonces and the senders' points. Flight 2: the receivers' points.
  const BaseOtSender base_sender(random);
  const Block own_nonce = random.block();
  channel.send({reinterpret_cast<const std::uint8_t*>(&own_nonce), sizeof own_nonce});
  base_sender.start(channel);
  Block peer_nonce;
  channel.receive({reinterpret_cast<std::uint8_t*>(&peer_nonce), sizeof peer_nonce});
  const std::array<Block, 2> nonces =
      role == Role::server ? std::array{own_nonce, peer_nonce} : std::array{peer_nonce, own_nonce};

  const auto binding = [&](Role sending) {
    return derive_key("privquant session", index_of(sending), {as_bytes(nonces)});
  };
  SecretVector<std::uint8_t> secret(base_ots_per_direction);
  random.fill(secret);
  for (std::uint8_t& bit : secret) bit &= 1U;
  const auto chosen = BaseOtReceiver(binding(role)).run(channel, random, secret);
  const auto pairs = base_sender.finish(channel, base_ots_per_direction, binding(other(role)));

  const auto hash = [&](Role sending, int k) {
    return CorrelationHash(derive_key(
        "privquant pads", 16 * index_of(sending) + static_cast<std::uint64_t>(k), {as_bytes(nonces)}));
  };
  for (int k = 1; k <= max_choice_bits; ++k) {
    store_->sender_pool(k).extension = make_code_sender(k, chosen, secret);
    store_->sender_pool(k).hash = hash(role, k);
    store_->receiver_pool(k).extension = make_code_receiver(k, pairs);
    store_->receiver_pool(k).hash = hash(other(role), k);
  }
}

Correlations::~Correlations() = default;

const Demand& Correlations::stock() const { return store_->stock; }

void Correlations::prepare(Channel& channel, const Demand& demand) {
  // One direction after the other: the receiver of a direction only sends, so that neither side has to hold
  // more of the other's messages than the channel buffers.
  Demand extended = demand;
  extended += triple_demand(demand.triples, demand.triple_pairs);
  store_->extend(channel, Role::server, extended);
  Party party{store_->role, channel, *this, store_->random};
  if (demand.triples != 0) store_->triples.append(make_triples(party, demand.triples));
  if (demand.triple_pairs != 0) store_->triple_pairs.append(make_triple_pairs(party, demand.triple_pairs));
  store_->stock.triples += demand.triples;
  store_->stock.triple_pairs += demand.triple_pairs;
  store_->extend(channel, Role::client, extended);
  channel.flush();
}

SeedPadsSender Correlations::draw_seeds_sender(std::size_t count) {
  SenderPool& pool = store_->sender_pool(1);
  store_->take(store_->stock.ots(store_->role, 1), count);
  SeedPadsSender drawn{SecretVector<Block>(count), SecretVector<Block>(count)};
  pool.hash.hash_pairs(pool.tweak, part(pool.rows.low, pool.next, count), pool.extension->offsets_low()[1],
                       drawn.zero, drawn.one);
  pool.next += count;
  pool.tweak += count;
  return drawn;
}

SeedPadsReceiver Correlations::draw_seeds_receiver(std::size_t count) {
  ReceiverPool& pool = store_->receiver_pool(1);
  store_->take(store_->stock.ots(other(store_->role), 1), count);
  SeedPadsReceiver drawn{SecretVector<Block>(count), SecretVector<std::uint8_t>(count)};
  pool.hash.hash(pool.tweak, part(pool.rows.low, pool.next, count), drawn.chosen);
  std::copy_n(pool.choices.begin() + static_cast<std::ptrdiff_t>(pool.next), count, drawn.choices.begin());
  pool.next += count;
  pool.tweak += count;
  return drawn;
}

PadsSender Correlations::draw_pads_sender(int choice_bits, std::size_t count) {
  SenderPool& pool = store_->sender_pool(choice_bits);
  store_->take(store_->stock.ots(store_->role, choice_bits), count);
  PadsSender drawn{count, SecretVector<std::uint64_t>(count << choice_bits)};
  if (choice_bits == 1) {
    SecretVector<Block> zero(count);
    SecretVector<Block> one(count);
    pool.hash.hash_pairs(pool.tweak, part(pool.rows.low, pool.next, count), pool.extension->offsets_low()[1],
                         zero, one);
    for (std::size_t i = 0; i < count; ++i) {
      drawn.pads[i] = zero[i].low;
      drawn.pads[count + i] = one[i].low;
    }
  } else {
    pool.hash.hash_wide_offsets(pool.tweak, part(pool.rows.low, pool.next, count),
                                part(pool.rows.high, pool.next, count), pool.extension->offsets_low(),
                                pool.extension->offsets_high(), drawn.pads);
  }
  pool.next += count;
  pool.tweak += count;
  return drawn;
}

PadsReceiver Correlations::draw_pads_receiver(int choice_bits, std::size_t count) {
  if (choice_bits == 1) {
    SeedPadsReceiver seeds = draw_seeds_receiver(count);
    PadsReceiver drawn{SecretVector<std::uint64_t>(count), std::move(seeds.choices)};
    for (std::size_t i = 0; i < count; ++i) drawn.chosen[i] = seeds.chosen[i].low;
    return drawn;
  }
  ReceiverPool& pool = store_->receiver_pool(choice_bits);
  store_->take(store_->stock.ots(other(store_->role), choice_bits), count);
  PadsReceiver drawn{SecretVector<std::uint64_t>(count), SecretVector<std::uint8_t>(count)};
  pool.hash.hash_wide(pool.tweak, part(pool.rows.low, pool.next, count),
                      part(pool.rows.high, pool.next, count), drawn.chosen);
  std::copy_n(pool.choices.begin() + static_cast<std::ptrdiff_t>(pool.next), count, drawn.choices.begin());
  pool.next += count;
  pool.tweak += count;
  return drawn;
}

BitTriples Correlations::draw_triples(std::size_t count) {
  BitPool& pool = store_->triples;
  store_->take(store_->stock.triples, count);
  BitTriples drawn{pool.column(0, count), pool.column(1, count), pool.column(2, count)};
  pool.next += count;
  return drawn;
}

BitTriplePairs Correlations::draw_triple_pairs(std::size_t count) {
  BitPool& pool = store_->triple_pairs;
  store_->take(store_->stock.triple_pairs, count);
  BitTriplePairs drawn{pool.column(0, count), pool.column(1, count), pool.column(2, count),
                       pool.column(3, count), pool.column(4, count)};
  pool.next += count;
  return drawn;
}

}  // namespace privquant

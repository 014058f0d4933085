#include "ot/correlations.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/parallel_for.h"
#include "crypto/correlation_hash.h"
#include "ot/cot_triples.h"
#include "ot/session_extensions.h"
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
  ClaimedOts claims;        // by tweak
};

struct ReceiverPool {
  std::unique_ptr<RandomOtReceiver> extension;
  CorrelationHash hash{Block{}};
  OtRows rows;
  SecretVector<std::uint8_t> choices;
  std::size_t next = 0;
  std::uint64_t tweak = 0;
  ClaimedOts claims;
};

template <typename T>
void forget_drawn(SecretVector<T>& values, std::size_t drawn) {
  if (values.empty() || drawn == 0) return;  // rows of one block have no high half
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

  // For so many more, so that nothing moves while they come.
  void make_room(std::size_t count) {
    for (auto& column : columns) {
      forget_drawn(column, next);
      column.reserve(column.size() + count);
    }
    next = 0;
  }
  void append(const std::vector<RingTensor>& bits) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const auto words = bits[c].words<std::uint8_t>();
      columns[c].insert(columns[c].end(), words.begin(), words.end());
    }
  }
  // So many more, for whoever makes them in place; their c are zero.
  TripleColumns extend(std::size_t count) {
    make_room(count);
    const auto added = [&](std::size_t index) {
      if (index >= columns.size()) return std::span<std::uint8_t>();
      columns[index].resize(columns[index].size() + count);
      return std::span(columns[index]).last(count);
    };
    const TripleColumns made{added(0), {added(1), added(3)}, {added(2), added(4)}};
    for (const auto& c : made.c) std::fill(c.begin(), c.end(), std::uint8_t{0});
    return made;
  }
  RingTensor column(std::size_t index, std::size_t count) const {
    RingTensor bits(bit_width, count);
    std::copy_n(columns[index].begin() + static_cast<std::ptrdiff_t>(next), count,
                bits.words<std::uint8_t>().begin());
    return bits;
  }
};

}  // namespace

// Triples that are made at a time: what making them takes is far more than what is kept of them. Even, since
// two come from one OT.
constexpr std::size_t triple_slice = std::size_t{1} << 20;

template <typename Make>
void make_in_slices(BitPool& pool, std::size_t count, Make&& make) {
  if (count != 0) pool.make_room(count);
  for (std::size_t done = 0; done < count; done += triple_slice)
    pool.append(make(std::min(triple_slice, count - done)));
}

// Hashes and tweaks of triples that are made of random COTs.
struct TripleHash {
  CorrelationHash hash{Block{}};
  std::uint64_t tweak = 0;
};

struct Correlations::Store {
  Role role;
  Prg& random;
  OtExtension kind;
  unsigned threads;
  std::unique_ptr<RandomCotSender> cot_sender;  // null with IKNP
  std::unique_ptr<RandomCotReceiver> cot_receiver;
  std::array<SenderPool, max_choice_bits> sender;
  std::array<ReceiverPool, max_choice_bits> receiver;
  TripleHash sent_triples;
  TripleHash received_triples;
  BitPool triples{3};
  BitPool triple_pairs{5};
  Demand stock;

  // Rows of every k have 128 bits where they are made of random COTs, and of k = 1 always.
  bool has_short_rows(int choice_bits) const { return cot_sender != nullptr || choice_bits == 1; }

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

  void prepare_from_cots(Channel& channel, const Demand& demand) {
    // The receivers' announcements cross; what they send is small.
    cot_receiver->announce(channel, random_cots(demand, other(role)));
    channel.flush();
    cot_sender->announce(channel, random_cots(demand, role));
    const std::array products{triples.extend(demand.triples), triple_pairs.extend(demand.triple_pairs)};
    for (const Role sending : {Role::server, Role::client}) {
      extend(channel, sending, demand);
      if (role == sending) {
        send_triple_half(channel, *cot_sender, sent_triples.hash, sent_triples.tweak, products, threads);
      } else {
        receive_triple_half(channel, *cot_receiver, received_triples.hash, received_triples.tweak, products,
                            threads);
      }
    }
    channel.flush();
    for (const TripleColumns& columns : products) finish_triples(columns);
    stock.triples += demand.triples;
    stock.triple_pairs += demand.triple_pairs;
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
  template <typename Pool>
  void take(Pool& pool, Role sending, int choice_bits, std::size_t count, OtUse use) {
    pool.claims.draw(pool.tweak, count, use);
    take(stock.ots(sending, choice_bits), count);
  }

  template <typename Pool>
  void claim(Pool& pool, Role sending, int choice_bits, std::size_t skipped, std::size_t count) {
    const std::size_t found = stock.ots(sending, choice_bits);
    PQ_CHECK(skipped <= found && count <= found - skipped);
    pool.claims.claim(pool.tweak + skipped, count);
  }

  SeedPadsReceiver draw_seeds_receiver(std::size_t count, OtUse use) {
    ReceiverPool& pool = receiver_pool(1);
    take(pool, other(role), 1, count, use);
    SeedPadsReceiver drawn{SecretVector<Block>(count), SecretVector<std::uint8_t>(count)};
    pool.hash.hash(pool.tweak, part(pool.rows.low, pool.next, count), drawn.chosen);
    std::copy_n(pool.choices.begin() + static_cast<std::ptrdiff_t>(pool.next), count, drawn.choices.begin());
    pool.next += count;
    pool.tweak += count;
    return drawn;
  }
};

Correlations::Correlations(Channel& channel, Role role, Prg& random, OtExtension extension, unsigned threads)
    : store_(std::make_unique<Store>(Store{role,
                                           random,
                                           extension,
                                           thread_count(threads),
                                           {},
                                           {},
                                           {},
                                           {},
                                           {},
                                           {},
                                           BitPool(3),
                                           BitPool(5),
                                           {}})) {
  SessionExtensions extensions = set_up_extensions(channel, role, random, extension, store_->threads);
  const auto hash = [&](Role sending, int k) {
    return CorrelationHash(derive_key("privquant pads",
                                      16 * index_of(sending) + static_cast<std::uint64_t>(k),
                                      {as_bytes(extensions.nonces)}));
  };
  for (int k = 1; k <= max_choice_bits; ++k) {
    const auto at = static_cast<std::size_t>(k - 1);
    store_->sender_pool(k).extension = std::move(extensions.senders[at]);
    store_->sender_pool(k).hash = hash(role, k);
    store_->receiver_pool(k).extension = std::move(extensions.receivers[at]);
    store_->receiver_pool(k).hash = hash(other(role), k);
  }
  store_->cot_sender = std::move(extensions.cot_sender);
  store_->cot_receiver = std::move(extensions.cot_receiver);
  // Triples are a purpose of their own, after the k.
  store_->sent_triples.hash = hash(role, max_choice_bits + 1);
  store_->received_triples.hash = hash(other(role), max_choice_bits + 1);
}

Correlations::~Correlations() = default;

void Correlations::reserve(const Demand& whole) {
  Store& s = *store_;
  for (int k = 1; k <= max_choice_bits; ++k) {
    const auto reserve_rows = [&](OtRows& rows, std::size_t count) {
      rows.low.reserve(count);
      if (!s.has_short_rows(k)) rows.high.reserve(count);
    };
    reserve_rows(s.sender_pool(k).rows, whole.ots(s.role, k));
    reserve_rows(s.receiver_pool(k).rows, whole.ots(other(s.role), k));
    s.receiver_pool(k).choices.reserve(whole.ots(other(s.role), k));
  }
  for (auto& column : s.triples.columns) column.reserve(whole.triples);
  for (auto& column : s.triple_pairs.columns) column.reserve(whole.triple_pairs);
}

const Demand& Correlations::stock() const { return store_->stock; }
OtExtension Correlations::extension() const { return store_->kind; }

void Correlations::prepare(Channel& channel, const Demand& demand) {
  if (store_->cot_sender) return store_->prepare_from_cots(channel, demand);
  // One direction after the other: the receiver of a direction only sends, so that neither side has to hold
  // more of the other's messages than the channel buffers.
  Demand extended = demand;
  extended += triple_demand(demand.triples, demand.triple_pairs);
  store_->extend(channel, Role::server, extended);
  Party party{store_->role, channel, *this, store_->random};
  make_in_slices(store_->triples, demand.triples,
                 [&](std::size_t count) { return make_triples(party, count); });
  make_in_slices(store_->triple_pairs, demand.triple_pairs,
                 [&](std::size_t count) { return make_triple_pairs(party, count); });
  store_->stock.triples += demand.triples;
  store_->stock.triple_pairs += demand.triple_pairs;
  store_->extend(channel, Role::client, extended);
  channel.flush();
}

SeedPadsSender Correlations::draw_seeds_sender(std::size_t count) {
  SenderPool& pool = store_->sender_pool(1);
  store_->take(pool, store_->role, 1, count, OtUse::fresh);
  SeedPadsSender drawn{SecretVector<Block>(count), SecretVector<Block>(count)};
  pool.hash.hash_pairs(pool.tweak, part(pool.rows.low, pool.next, count), pool.extension->offsets_low()[1],
                       drawn.zero, drawn.one);
  pool.next += count;
  pool.tweak += count;
  return drawn;
}

SeedPadsReceiver Correlations::draw_seeds_receiver(std::size_t count) {
  return store_->draw_seeds_receiver(count, OtUse::fresh);
}

PadsSender Correlations::draw_pads_sender(int choice_bits, std::size_t count, OtUse use) {
  SenderPool& pool = store_->sender_pool(choice_bits);
  store_->take(pool, store_->role, choice_bits, count, use);
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
  } else if (store_->has_short_rows(choice_bits)) {
    pool.hash.hash_offsets(pool.tweak, part(pool.rows.low, pool.next, count), pool.extension->offsets_low(),
                           drawn.pads);
  } else {
    pool.hash.hash_wide_offsets(pool.tweak, part(pool.rows.low, pool.next, count),
                                part(pool.rows.high, pool.next, count), pool.extension->offsets_low(),
                                pool.extension->offsets_high(), drawn.pads);
  }
  pool.next += count;
  pool.tweak += count;
  return drawn;
}

PadsReceiver Correlations::draw_pads_receiver(int choice_bits, std::size_t count, OtUse use) {
  if (choice_bits == 1) {
    SeedPadsReceiver seeds = store_->draw_seeds_receiver(count, use);
    PadsReceiver drawn{SecretVector<std::uint64_t>(count), std::move(seeds.choices)};
    for (std::size_t i = 0; i < count; ++i) drawn.chosen[i] = seeds.chosen[i].low;
    return drawn;
  }
  ReceiverPool& pool = store_->receiver_pool(choice_bits);
  store_->take(pool, other(store_->role), choice_bits, count, use);
  PadsReceiver drawn{SecretVector<std::uint64_t>(count), SecretVector<std::uint8_t>(count)};
  const auto low = part(pool.rows.low, pool.next, count);
  if (store_->has_short_rows(choice_bits)) {
    pool.hash.hash_low(pool.tweak, low, drawn.chosen);
  } else {
    pool.hash.hash_wide(pool.tweak, low, part(pool.rows.high, pool.next, count), drawn.chosen);
  }
  std::copy_n(pool.choices.begin() + static_cast<std::ptrdiff_t>(pool.next), count, drawn.choices.begin());
  pool.next += count;
  pool.tweak += count;
  return drawn;
}

void Correlations::claim_sender(int choice_bits, std::size_t skipped, std::size_t count) {
  store_->claim(store_->sender_pool(choice_bits), store_->role, choice_bits, skipped, count);
}

SecretVector<std::uint8_t> Correlations::claim_receiver(int choice_bits, std::size_t skipped,
                                                        std::size_t count) {
  ReceiverPool& pool = store_->receiver_pool(choice_bits);
  store_->claim(pool, other(store_->role), choice_bits, skipped, count);
  SecretVector<std::uint8_t> choices(count);
  std::copy_n(pool.choices.begin() + static_cast<std::ptrdiff_t>(pool.next + skipped), count,
              choices.begin());
  return choices;
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

// Helpers of the functionality tests: sharings of known values, exhaustively at small widths, at random and
// at the edges at large ones.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <random>
#include <vector>

#include "ring/arithmetic.h"
#include "support/two_parties.h"

namespace privquant {

struct Sharing {
  RingTensor server;
  RingTensor client;

  const RingTensor& of(const Party& party) const { return party.is_server() ? server : client; }
  std::size_t size() const { return server.size(); }
  std::uint64_t value(std::size_t i) const { return (server.get(i) + client.get(i)) & server.width().mask(); }
  std::int64_t signed_value(std::size_t i) const { return server.width().to_signed(value(i)); }
};

/// All pairs of shares for l ≤ 6, else the edges against each other and random pairs. `accept` filters by
/// value.
inline Sharing sharings(
    Width width, const std::function<bool(std::uint64_t)>& accept = [](std::uint64_t) { return true; },
    std::size_t random_pairs = 400) {
  std::vector<std::uint64_t> server;
  std::vector<std::uint64_t> client;
  const auto offer = [&](std::uint64_t x0, std::uint64_t x1) {
    if (!accept((x0 + x1) & width.mask())) return;
    server.push_back(x0 & width.mask());
    client.push_back(x1 & width.mask());
  };
  if (width.bits() <= 6) {
    for (std::uint64_t x0 = 0; x0 <= width.mask(); ++x0) {
      for (std::uint64_t x1 = 0; x1 <= width.mask(); ++x1) offer(x0, x1);
    }
  } else {
    const std::uint64_t half = width.sign_bit();
    const std::uint64_t edges[] = {0,           1, 2, half - 2, half - 1, half, half + 1, width.mask() - 1,
                                   width.mask()};
    for (const std::uint64_t x0 : edges) {
      for (const std::uint64_t x : edges) {
        offer(x0, x - x0);
        offer(x0, x);
      }
    }
    std::mt19937_64 random(static_cast<std::uint64_t>(width.bits()));
    for (std::size_t tries = 0; tries < 100 * random_pairs && server.size() < random_pairs; ++tries)
      offer(random(), random() >> (random() % 64));
  }
  return {RingTensor::from(width, server), RingTensor::from(width, client)};
}

/// A sharing of given values with random shares.
inline Sharing share_values(Width width, const std::vector<std::int64_t>& values, std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  RingTensor server(width, values.size());
  for (std::size_t i = 0; i < values.size(); ++i) server.set(i, random());
  RingTensor client = subtract(RingTensor::from_signed(width, values), server);
  return {std::move(server), std::move(client)};
}

/// Uniform in [low, high].
inline std::vector<std::int64_t> random_values(std::size_t count, std::int64_t low, std::int64_t high,
                                               std::mt19937_64& random) {
  std::uniform_int_distribution<std::int64_t> draw(low, high);
  std::vector<std::int64_t> values(count);
  for (auto& value : values) value = draw(random);
  return values;
}

inline RingTensor opened(const std::pair<RingTensor, RingTensor>& shares) {
  return add(shares.first, shares.second);
}

/// An extension by columns, one by trees and the silent one: every kind of preparation and price.
inline constexpr std::array mpc_extensions{OtExtension::iknp, OtExtension::softspoken4, OtExtension::ferret};

/// These choices with IKNP, and `cheap` with each of the other extensions.
inline std::vector<ProtocolChoices> with_every_extension(const std::vector<ProtocolChoices>& choices,
                                                         const std::vector<ProtocolChoices>& cheap) {
  std::vector<ProtocolChoices> all = choices;
  for (const OtExtension extension : mpc_extensions) {
    if (extension == OtExtension::iknp) continue;
    for (ProtocolChoices each : cheap) {
      each.extension = extension;
      all.push_back(each);
    }
  }
  return all;
}

class MpcTest : public testing::Test {
 protected:
  /// A session with this extension, the same one for all tests of a process.
  static TwoParties& parties(OtExtension extension = OtExtension::iknp) {
    static std::map<OtExtension, TwoParties> sessions;
    return sessions.try_emplace(extension, 1, extension).first->second;
  }
};

class MpcTestWithChoices : public MpcTest, public testing::WithParamInterface<ProtocolChoices> {
 protected:
  static TwoParties& parties() { return MpcTest::parties(GetParam().extension); }
  static Cost chosen() {
    Cost cost;
    cost.choices = GetParam();
    return cost;
  }
};

}  // namespace privquant

// Bytes, rounds and time of OT extension and of one functionality: two processes, plain TCP on loopback, one
// protocol thread each. Bytes count both directions, preparation included.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "ot/party.h"

namespace privquant {

struct BenchRow {
  std::string name;
  std::size_t elements;
  double bytes_per_element;
  std::uint64_t rounds;  ///< online
  double seconds_per_element;
};

/// A functionality on random shares; no protocol here depends on what they are.
struct BenchOperation {
  std::string name;
  std::size_t elements;
  std::function<void(Cost&)> cost;
  std::function<void(Party&)> run;
  bool has_choices = false;  ///< worth measuring with other protocol choices, too
  ProtocolChoices choices{};
};

/// The median of so many runs in one session; bytes are the mean of those after the first, since a round of Ferret
/// serves several and its first ones start it. No other thread may run meanwhile.
BenchRow measure_operation(const BenchOperation& operation, int repetitions);

/// Random 1-of-2^k OTs as rows, nothing hashed: what the sender of a random COT holds.
BenchRow measure_extension(int choice_bits, std::size_t count, int repetitions);

/// "random COT, IKNP", "random 1-of-4 OT, KK13", …
std::string extension_name(int choice_bits);

}  // namespace privquant

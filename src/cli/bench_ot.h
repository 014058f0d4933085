// Rate, bits and set-up of every OT extension: two processes, plain TCP on loopback, the server sends.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ot/ot_extension.h"

namespace privquant {

enum class OtKind {
  random_cot,   ///< rows, nothing hashed
  random_ot,    ///< two pads of 128 bits
  random_1of16  ///< sixteen pads of 64 bits
};

struct OtBenchRow {
  OtExtension extension;
  OtKind kind;
  unsigned threads;  ///< that expand, a party
  std::size_t ots;
  double seconds;             ///< of all OTs, the first ones of a session, set-up not counted
  double sender_cpu_seconds;  ///< of all threads of the process
  double receiver_cpu_seconds;
  std::uint64_t bytes;
};

struct OtSetUpRow {
  OtExtension extension;
  double seconds;
  std::uint64_t bytes;
  double seconds_to_first;  ///< set-up and first_ots random COTs in one direction
  std::uint64_t bytes_to_first;
};

inline constexpr std::size_t first_ots = 100'000;

/// Medians of so many sessions. No other thread may run meanwhile.
OtBenchRow measure_ots(OtExtension extension, OtKind kind, unsigned threads, std::size_t ots,
                       int repetitions);
OtSetUpRow measure_ot_set_up(OtExtension extension, int repetitions);

std::string name_of(OtKind kind);

/// All of them, with one thread a party and, where that is more, with `threads` (0: one per core); a table, or
/// JSON. `filter`: only names (extension and kind) that contain it.
void bench_ots(std::size_t ots, unsigned threads, int repetitions, const std::string& filter, bool json);

}  // namespace privquant

// What both sides of a session can be told.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "net/shaped_transport.h"
#include "ot/ot_extension.h"

namespace privquant {

/// So many inferences may be prepared for at once, where memory allows.
inline constexpr std::size_t max_prepared_inferences = 1 << 16;

struct SessionOptions {
  /// How long either side waits for the other.
  std::chrono::milliseconds patience{60'000};
  /// Both sides must ask for the same link; none leaves it as it is.
  std::optional<LinkShape> link;
  /// Bytes of memory for prepared correlations; both sides keep to the smaller of the two numbers.
  std::size_t preparation_memory = std::size_t{1} << 30;
  /// Threads that prepare (EngineOptions::threads): this side's own affair.
  unsigned threads = 1;
  /// Of the client: servers with another OT extension are refused; none takes whatever the server chose.
  std::optional<OtExtension> extension;
  /// Of the client: refuses servers whose plan prepares a linear layer with lattices.
  bool refuse_lattices = false;
};

/// "320 Mbit/s, 80 ms", or "" for no shaping.
std::string describe(const std::optional<LinkShape>& link);

/// `transport` itself, or shaped as asked for.
std::unique_ptr<Transport> shape(std::unique_ptr<Transport> transport, const std::optional<LinkShape>& link);

}  // namespace privquant

// One inference by two processes of this machine: what it costs in truth.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "net/meter.h"
#include "net/shaped_transport.h"
#include "plan/plan.h"

namespace privquant {

struct Measurement {
  std::map<MeterLabel, Traffic> traffic;  ///< as the client sees it; set-up included
  std::uint64_t server_peak_bytes = 0;    ///< most memory held
  std::uint64_t client_peak_bytes = 0;

  Traffic total(Phase phase) const;
};

/// Runs `source` (model_source.h) on a random input over TLS on loopback, shaped as asked for. No other
/// thread may run meanwhile. Each party prepares with `threads` (SessionOptions::threads). @throws Error as the parties do.
Measurement measure(const std::string& source, const PlanOptions& plan, const std::optional<LinkShape>& link,
                    std::size_t preparation_memory, unsigned threads);

}  // namespace privquant

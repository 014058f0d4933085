#include "service/session_options.h"

#include <fmt/format.h>

#include <utility>

namespace privquant {

std::string describe(const std::optional<LinkShape>& link) {
  if (!link) return {};
  return fmt::format("{:g} Mbit/s, {:g} ms", link->bits_per_second / 1e6, link->one_way_delay_seconds * 2e3);
}

std::unique_ptr<Transport> shape(std::unique_ptr<Transport> transport, const std::optional<LinkShape>& link) {
  return link ? make_shaped_transport(std::move(transport), *link) : std::move(transport);
}

}  // namespace privquant

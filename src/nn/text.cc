#include "nn/text.h"

#include <cstddef>
#include <cstdint>

namespace privquant {

bool is_printable(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[at]);
    if (lead < 0x80) {
      if (lead < 0x20 || lead == 0x7f) return false;
      ++at;
      continue;
    }
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() - at < length) return false;
    std::uint32_t point = lead & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      const auto next = static_cast<std::uint8_t>(text[at + i]);
      if ((next & 0xc0U) != 0x80) return false;
      point = (point << 6) | (next & 0x3fU);
    }
    constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    const bool control = point < 0xa0;  // U+0080 … U+009F steer terminals, too
    if (point < least[length] || point > 0x10ffff || surrogate || control) return false;
    at += length;
  }
  return true;
}

}  // namespace privquant

#include "ot/wire.h"

#include <algorithm>

#include "ring/pack.h"

namespace privquant {
namespace {

constexpr std::size_t chunk_values = std::size_t{1} << 16;  // a multiple of 8, so chunks join without a gap

}  // namespace

void send_tensor(Channel& channel, const RingTensor& values) {
  SecretVector<std::uint8_t> buffer;
  for (std::size_t begin = 0; begin < values.size(); begin += chunk_values) {
    const std::size_t count = std::min(chunk_values, values.size() - begin);
    buffer.resize(values.width().packed_bytes(count));
    pack(values, begin, count, buffer);
    channel.send(buffer);
  }
}

RingTensor receive_tensor(Channel& channel, Width width, std::size_t size) {
  RingTensor values(width, size);
  SecretVector<std::uint8_t> buffer;
  for (std::size_t begin = 0; begin < size; begin += chunk_values) {
    const std::size_t count = std::min(chunk_values, size - begin);
    buffer.resize(width.packed_bytes(count));
    channel.receive(buffer);
    unpack(buffer, values, begin, count);
  }
  return values;
}

}  // namespace privquant

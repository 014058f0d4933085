#include "ring/tensor.h"

#include <algorithm>

namespace privquant {

RingTensor RingTensor::zeros(Width width, std::size_t size) {
  RingTensor tensor(width, size);
  std::fill(tensor.bytes_.begin(), tensor.bytes_.end(), std::uint8_t{0});
  return tensor;
}

RingTensor RingTensor::from(Width width, std::span<const std::uint64_t> values) {
  RingTensor tensor(width, values.size());
  for (std::size_t i = 0; i < values.size(); ++i) tensor.set(i, values[i]);
  return tensor;
}

RingTensor RingTensor::from_signed(Width width, std::span<const std::int64_t> values) {
  RingTensor tensor(width, values.size());
  for (std::size_t i = 0; i < values.size(); ++i) tensor.set(i, static_cast<std::uint64_t>(values[i]));
  return tensor;
}

std::uint64_t RingTensor::get(std::size_t index) const {
  PQ_CHECK(index < size_);
  return with_word([&]<typename Word>(std::type_identity<Word>) {
    return static_cast<std::uint64_t>(words<Word>()[index]);
  });
}

void RingTensor::set(std::size_t index, std::uint64_t value) {
  PQ_CHECK(index < size_);
  with_word([&]<typename Word>(std::type_identity<Word>) {
    words<Word>()[index] = static_cast<Word>(value & width_.mask());
  });
}

RingTensor RingTensor::slice(std::size_t begin, std::size_t count) const {
  PQ_CHECK(begin <= size_ && count <= size_ - begin);
  RingTensor result(width_, count);
  const std::size_t word = width_.word_bytes();
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(begin * word), count * word,
              result.bytes_.begin());
  return result;
}

bool RingTensor::operator==(const RingTensor& other) const {
  return width_ == other.width_ && std::ranges::equal(bytes_, other.bytes_);
}

}  // namespace privquant

// Spans of bytes, and buffers that are aligned for SIMD and wiped when they are freed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <utility>
#include <vector>

namespace privquant {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

/// Overwrites with zeros in a way that the compiler keeps.
void wipe(void* data, std::size_t bytes) noexcept;

// NOLINTBEGIN(google-explicit-constructor, readability-identifier-naming): what the standard asks of
// allocators
/// 64-byte aligned; elements are left uninitialised by resize(); with `wiped`, memory is wiped before it is
/// returned.
template <typename T, bool wiped>
struct AlignedAllocator {
  using value_type = T;
  template <typename U>
  struct rebind {
    using other = AlignedAllocator<U, wiped>;
  };
  static constexpr std::align_val_t alignment{64};

  AlignedAllocator() = default;
  template <typename U>
  AlignedAllocator(const AlignedAllocator<U, wiped>&) noexcept {}

  T* allocate(std::size_t count) {
    if (count > SIZE_MAX / sizeof(T)) throw std::bad_array_new_length();
    return static_cast<T*>(::operator new(count * sizeof(T), alignment));
  }
  void deallocate(T* data, std::size_t count) noexcept {
    if constexpr (wiped) wipe(data, count * sizeof(T));
    ::operator delete(data, alignment);
  }
  template <typename U>
  void construct(U* place) noexcept(noexcept(::new (static_cast<void*>(place)) U)) {
    ::new (static_cast<void*>(place)) U;
  }
  template <typename U, typename... Arguments>
  void construct(U* place, Arguments&&... arguments) {
    ::new (static_cast<void*>(place)) U(std::forward<Arguments>(arguments)...);
  }
  bool operator==(const AlignedAllocator&) const noexcept { return true; }
};
// NOLINTEND(google-explicit-constructor, readability-identifier-naming)

/// For shares, keys and everything derived from them.
template <typename T>
using SecretVector = std::vector<T, AlignedAllocator<T, true>>;

/// For what the wire carries anyway.
using WireBuffer = std::vector<std::uint8_t, AlignedAllocator<std::uint8_t, false>>;

/// The bytes of a trivially copyable array.
template <typename Container>
Bytes as_bytes(const Container& values) {
  return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(*values.data())};
}
template <typename Container>
MutableBytes as_mutable_bytes(Container& values) {
  return {reinterpret_cast<std::uint8_t*>(values.data()), values.size() * sizeof(*values.data())};
}

/// ⌈numerator / denominator⌉ for positive integers.
constexpr std::size_t ceil_div(std::size_t numerator, std::size_t denominator) {
  return (numerator + denominator - 1) / denominator;
}

}  // namespace privquant

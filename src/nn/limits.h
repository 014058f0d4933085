// How large a network may be: checked before anything is computed or allocated from a file's numbers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace privquant {

inline constexpr std::size_t max_nodes = 10'000;
inline constexpr std::size_t max_name_bytes = 256;
/// Of one tensor, one tensor with its padding, or one layer's weights.
inline constexpr std::uint64_t max_elements = (std::uint64_t{1} << 31) - 1;
/// Of all nodes together: analyses keep a few words a channel.
inline constexpr std::uint64_t max_total_channels = std::uint64_t{1} << 24;
/// Of all nodes together.
inline constexpr std::size_t max_total_inputs = std::size_t{1} << 16;
inline constexpr int max_window = 1024;  ///< kernel, stride, dilation and padding, each axis
inline constexpr int max_shift = 62;     ///< 2^shift fits a signed word
inline constexpr int max_exponent = 1000;
inline constexpr int max_weight_bits = 16;

}  // namespace privquant

// How large a picture or a set of pictures may be; checked before memory is taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace privquant {

inline constexpr std::uint64_t max_picture_side = 16384;
inline constexpr std::uint64_t max_picture_pixels = std::uint64_t{64} << 20;
/// Of a file of pictures, packed or unpacked.
inline constexpr std::size_t max_file_bytes = std::size_t{1} << 30;

/// @throws Error(file) that names the picture unless 1 ≤ sides ≤ the limits.
void check_picture_size(const std::string& name, std::uint64_t height, std::uint64_t width);

}  // namespace privquant

// A whole file in memory, unpacked if it is gzip.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace privquant {

/// The file's bytes; those inside it if it is a gzip file. At most max_file_bytes either way.
/// @throws Error(file): missing, a folder, unreadable, too large, damaged gzip.
std::vector<std::uint8_t> read_file(const std::filesystem::path& path);

/// Unpacks one gzip stream; `name` is for messages. Memory follows what is really unpacked, not what a
/// header claims. @throws Error(file) if it is damaged, truncated or larger than max_file_bytes.
std::vector<std::uint8_t> unpack_gzip(Bytes packed, const std::string& name);

}  // namespace privquant

// Whole files in and out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace privquant {

/// @throws Error(file): missing, no regular file, unreadable, larger than `most` bytes.
std::vector<std::uint8_t> read_at_most(const std::filesystem::path& path, std::size_t most);

/// read(bytes) of a whole file; errors begin with the file's name.
template <typename Read>
auto read_named(const std::filesystem::path& path, std::size_t most, Read&& read) {
  try {
    return read(read_at_most(path, most));
  } catch (const Error& error) {
    const std::string name = path.string();
    if (std::string_view(error.what()).find(name) != std::string_view::npos) throw;
    throw Error(error.code(), name + ": " + error.what());
  }
}

enum class Readers { owner, everybody };

/// Writes beside and renames: the file is the old one or the new one, whole. @throws Error(file).
void replace_file(const std::filesystem::path& path, std::string_view bytes, Readers readers);

/// Before long work. @throws Error(file) if replace_file() could not write there: a folder, or in none, or in one
/// without the right to.
void expect_writable(const std::filesystem::path& file);

}  // namespace privquant

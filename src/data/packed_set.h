// Many pictures of one size in one file: IDX (MNIST and its relatives) and binary batches as of
// CIFAR-10 (also of CIFAR-100, with fine labels alone).
#pragma once

#include <filesystem>
#include <memory>

#include "base/bytes.h"
#include "data/picture.h"

namespace privquant {

bool is_idx_images(Bytes bytes);
/// A multiple of a record's 3073 bytes: one label, 3 × 32 × 32 values.
bool has_cifar_size(Bytes bytes);
/// A multiple of the 3074 bytes of a record of CIFAR-100 as it is published, with two labels. It is not read.
bool has_cifar100_size(Bytes bytes);

/// `bytes` are those of the file at `path`; labels come from beside it. @throws Error(file).
std::unique_ptr<Dataset> open_idx(const std::filesystem::path& path, std::vector<std::uint8_t> bytes,
                                  int channels);
/// `bytes` satisfy has_cifar_size. @throws Error(file) naming the first record whose label is not 0 to 99.
std::unique_ptr<Dataset> open_cifar(const std::filesystem::path& path, std::vector<std::uint8_t> bytes,
                                    int channels);

}  // namespace privquant

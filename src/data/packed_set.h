// Many pictures of one size in one file: IDX (MNIST and its relatives) and binary batches as of
// CIFAR-10 (also of CIFAR-100, with fine labels alone).
#pragma once

#include <filesystem>
#include <memory>

#include "base/bytes.h"
#include "data/picture.h"

namespace privquant {

bool is_idx_images(Bytes bytes);
/// By size, a multiple of the record's 3073 bytes, and by the label of each record, 0..99.
bool is_cifar(Bytes bytes);

/// `bytes` are those of the file at `path`; labels come from beside it. @throws Error(file).
std::unique_ptr<Dataset> open_idx(const std::filesystem::path& path, std::vector<std::uint8_t> bytes,
                                  int channels);
/// `bytes` satisfy is_cifar.
std::unique_ptr<Dataset> open_cifar(const std::filesystem::path& path, std::vector<std::uint8_t> bytes,
                                    int channels);

}  // namespace privquant

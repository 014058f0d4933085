// How every file of ours begins, so that another kind, a truncated or a damaged one is recognised at once:
//   8 bytes   magic: "PQMODEL", "PQCNTRC" or "PQGRAPH", and the container's version, 0x01
//   8 bytes   length of the payload, little-endian
//   32 bytes  SHA-256 of the payload
//   payload   a protobuf message of proto/privquant.proto
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "nn/model_file.h"

namespace privquant {

enum class FileKind { model, contract, real_model };

inline constexpr std::size_t container_header_bytes = 8 + 8 + 32;

std::string wrap(FileKind kind, std::string_view payload);

/// The payload, a part of `file`. @throws Error(file) if this is no whole, undamaged file of that kind.
Bytes unwrap(FileKind kind, Bytes file);

/// Whether `file` begins as one of that kind does.
bool has_magic(FileKind kind, Bytes file);

/// Which kind `file` claims to be. @throws Error(file) for anything that is not ours.
FileKind kind_of(Bytes file);

Hash sha256(Bytes bytes);

}  // namespace privquant

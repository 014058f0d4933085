// What the two sides of a session say when they do not fit together: the same sentence at both ends.
#pragma once

#include <string>

#include "base/error.h"
#include "nn/model_file.h"

namespace privquant {

/// Whether such an error's sentence may go to the peer: one about a file may name a path, one about a bug a
/// line of code.
constexpr bool is_for_peer(ErrorCode code) {
  return code != ErrorCode::internal && code != ErrorCode::file && code != ErrorCode::usage;
}

/// The first 16 hexadecimal digits: enough to tell hashes apart in a message.
std::string abbreviate(const Hash& hash);

/// @throws Error(peer) unless both name the same link.
void require_same_link(const std::string& server, const std::string& client);
/// @throws Error(peer) unless equal.
void require_same_plan(const Hash& server, const Hash& client);

}  // namespace privquant

// What the two sides of a session say when they do not fit together: the same sentence at both ends.
#pragma once

#include <string>

#include "nn/model_file.h"

namespace privquant {

/// The first 16 hexadecimal digits: enough to tell hashes apart in a message.
std::string abbreviate(const Hash& hash);

/// @throws Error(peer) unless both name the same link.
void require_same_link(const std::string& server, const std::string& client);
/// @throws Error(peer) unless equal.
void require_same_plan(const Hash& server, const Hash& client);

}  // namespace privquant

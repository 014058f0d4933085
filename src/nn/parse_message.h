// Protobuf's parser at the door.
#pragma once

#include <google/protobuf/stubs/logging.h>

#include "base/bytes.h"
#include "base/error.h"

namespace privquant {

/// How often the field appears at the top of a message; nothing is allocated. A malformed rest counts as
/// nothing.
std::size_t count_field(Bytes message, int field);

/// The caller has bounded the size, far below 2^31; `repeated_field` appears at most `most` times.
/// @throws Error(file) naming `what`.
template <typename Message>
Message parse_message(Bytes bytes, const char* what, int repeated_field, std::size_t most) {
  // An empty entry takes 2 bytes in the file and a hundred in memory: count before they are made.
  if (count_field(bytes, repeated_field) > most) {
    fail(ErrorCode::file, "the {} has more than {} entries; use a smaller network", what, most);
  }
  // A malformed message is reported once, by us; protobuf would write its own line to stderr.
  const google::protobuf::LogSilencer silencer;
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    fail(ErrorCode::file, "the {} is malformed; copy it again, or make it again", what);
  }
  return message;
}

}  // namespace privquant

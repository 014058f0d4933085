// Protobuf's parser at the door.
#pragma once

#include <google/protobuf/stubs/logging.h>

#include "base/bytes.h"
#include "base/error.h"

namespace privquant {

/// @throws Error(file) naming `what`. The caller has bounded the size, far below 2^31.
template <typename Message>
Message parse_message(Bytes bytes, const char* what) {
  // A malformed message is reported once, by us; protobuf would write its own line to stderr.
  const google::protobuf::LogSilencer silencer;
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    fail(ErrorCode::file, "the {} is malformed; copy it again, or make it again", what);
  }
  return message;
}

}  // namespace privquant

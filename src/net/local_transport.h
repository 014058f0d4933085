// Two ends of a connection inside one process: for tests, and for `verify` and `eval --private`, which run
// both parties as two threads.
#pragma once

#include <memory>
#include <utility>

#include "net/channel.h"
#include "net/transport.h"

namespace privquant {

/// Each end belongs to one thread. Memory is bounded by max_queued_bytes each way, except while both ends
/// send (then by max_unread_bytes).
std::pair<std::unique_ptr<Transport>, std::unique_ptr<Transport>> make_local_transports();

/// The same as channels.
std::pair<std::unique_ptr<Channel>, std::unique_ptr<Channel>> make_local_channels();

}  // namespace privquant

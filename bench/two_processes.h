// Two real processes over plain TCP on loopback: how the figures of docs/benchmarks.md are taken.
#pragma once

#include <functional>

#include "base/role.h"
#include "net/channel.h"

namespace privquant {

/// Forks: the child is the server, this process the client. Both run `body`; returns when both are done.
/// Throws Error if the child failed.
void in_two_processes(const std::function<void(Role, Channel&)>& body);

}  // namespace privquant

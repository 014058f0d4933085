// A protocol between two real processes over plain TCP on loopback.
#pragma once

#include <functional>

#include "base/role.h"
#include "net/channel.h"

namespace privquant {

/// Forks: the child is the server, this process the client. Both run `body`; returns when both are done. Call
/// it while this process has one thread. @throws Error if either side failed.
void in_two_processes(const std::function<void(Role, Channel&)>& body);

}  // namespace privquant

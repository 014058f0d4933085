// Runs the server's side on a thread of its own and the client's on this one, each on its end of a channel.
#pragma once

#include <exception>
#include <future>
#include <memory>
#include <mutex>
#include <utility>

#include "net/channel.h"

namespace privquant {

/// Returns what `ask` returns. If one side throws, the other is told to give up, so that it does not wait for
/// it; the error that came first is the one that is thrown here: the other side's is only its echo.
template <typename Server, typename Client>
auto run_both_sides(Channel& server, Channel& client, Server&& serve, Client&& ask) {
  std::mutex mutex;
  std::exception_ptr first;
  const auto guarded = [&](Channel& channel, auto& body) {
    try {
      return body();
    } catch (...) {
      {
        const std::lock_guard lock(mutex);
        if (!first) first = std::current_exception();
      }
      channel.abort("the other thread of this process failed");
      throw;
    }
  };
  auto serving = std::async(std::launch::async, [&] { guarded(server, serve); });
  try {
    auto result = guarded(client, ask);
    serving.get();
    return result;
  } catch (...) {
    if (serving.valid()) serving.wait();  // get() leaves none behind, also where it throws
    std::rethrow_exception(first);
  }
}

}  // namespace privquant

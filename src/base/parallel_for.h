// Loops whose turns are independent, on several threads that are started for the loop and joined at its end.
#pragma once

#include <cstddef>
#include <functional>

namespace privquant {

/// As many as asked for; one per core for 0.
unsigned thread_count(unsigned asked);

/// Calls body(begin, end) on disjoint ranges that cover [0, count), on up to `threads` threads
/// (0: one per core). Returns when all are done; the first exception is thrown again here.
/// `grain` is the smallest range worth a thread.
void parallel_for(std::size_t count, std::size_t grain,
                  const std::function<void(std::size_t begin, std::size_t end)>& body, unsigned threads = 0);

}  // namespace privquant

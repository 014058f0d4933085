// Runs both parties of a test as two threads; an exception of either comes out.
#pragma once

#include <future>
#include <utility>

namespace privquant {

template <typename First, typename Second>
void run_both(First&& first, Second&& second) {
  auto other = std::async(std::launch::async, std::forward<Second>(second));
  first();
  other.get();
}

}  // namespace privquant

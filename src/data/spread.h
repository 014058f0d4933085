// A part of a set that stands for the whole.
#pragma once

#include <cstddef>
#include <vector>

namespace privquant {

/// `count` different ones of 0 … size−1 (at most size), in order, one in each of as many equal parts: neighbours are often of one
/// class. Places within the parts vary, lest all be of one class where classes alternate.
std::vector<std::size_t> spread(std::size_t size, std::size_t count);

}  // namespace privquant

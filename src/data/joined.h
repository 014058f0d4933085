// Several files of one set.
#pragma once

#include <memory>
#include <vector>

#include "data/picture.h"

namespace privquant {

/// One after the other; at least one.
std::unique_ptr<Dataset> join(std::vector<std::unique_ptr<Dataset>> parts);

}  // namespace privquant

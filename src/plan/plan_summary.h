// The choices of a plan that hold for all of it, as commands and logs state them.
#pragma once

#include <string>

#include "plan/plan.h"

namespace privquant {

/// "profile hybrid, OT extension ferret, linear layers by lattices (19) and OTs (3)".
std::string summary_of(const Plan& plan);

}  // namespace privquant

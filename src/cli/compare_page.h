// A comparison as one HTML page that needs nothing else: no script, no network.
#pragma once

#include <string>

#include "cli/compare_report.h"

namespace privquant {

/// Stacked bars by layer and functionality, bytes against time, the ablation; every number in tables, too.
std::string compare_page(const Comparison& comparison);

}  // namespace privquant

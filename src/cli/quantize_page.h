// What `privquant quantize --report` writes.
#pragma once

#include <string>

#include "quant/quantize.h"

namespace privquant {

/// One page that opens without a network: accuracy against bytes, bits and bytes of each layer.
std::string quantize_page(const std::string& network, const QuantizeResult& result);

}  // namespace privquant

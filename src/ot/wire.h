// Ring tensors on a channel, packed to exactly l bits a value.
#pragma once

#include "net/channel.h"
#include "ring/tensor.h"

namespace privquant {

void send_tensor(Channel& channel, const RingTensor& values);
RingTensor receive_tensor(Channel& channel, Width width, std::size_t size);

}  // namespace privquant

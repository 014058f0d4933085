// ReLU6 and its like without a price: the type's range becomes the clip's.
//
// In integers a Clip from 0 to c becomes a Requantise to an unsigned type, which ends at (2^bits − 1)·2^e, not at c. A
// network in which many values reach c (MobileNetV2) computes something else then. So the convolution before the clip
// is scaled by f = 255·2^e / c, 1 ≤ f < 2, and those after it by 1/f: the same function in real numbers, and its clip
// is where 8 bits end. Fewer bits end close to it.
#pragma once

#include "nn/real_model.h"

namespace privquant {

/// Every Clip from 0 whose input is a layer of its own, and whose value is read by layers alone (through pools and
/// Flatten), ends at 255·2^e afterwards; other clips stay.
RealModel fill_clips(RealModel model);

}  // namespace privquant

// Channels of one tensor brought to like sizes, so that one power-of-two step fits all of them: the same function
// in real numbers.
//
// A class of channels (channel_classes.h) is scaled by s > 0: rows of the layers before it, and their biases, by s,
// columns of the layers that read it by 1/s. With p(s) the greatest weight among its rows and k(s) that among its
// columns, each as a part of its layer's greatest, s is sought for which p = k: rounding then harms a channel's
// making and its reading alike, instead of one of them fully. Two bounds:
//   * no channel comes to exceed the greatest of its tensor on the pictures, so that no activation and no
//     accumulator has a wider range than before;
//   * s = 1 where a Clip acts on the pictures (its bound is one for all channels), for the picture and the outputs.
// Before, clips are moved to where types end (fill_clips.h), and rows that nobody reads are set to zero: their
// weights are often the greatest, and decide the step of all others.
//
// *Function:* without Clips the same, up to rounding of floats; with them where no channel that is lifted exceeds the
// greatest that the pictures give it.
// Cost: the pictures once through the network, and at most 60 passes over its weights.
// Source: Nagel, van Baalen, Blankevoort, Welling, arXiv 1906.04721, section 4.1. *Deviations:* ranges relative to
// the layer's; joined channels scaled together instead of left out; bounds by measured activations.
#pragma once

#include <torch/types.h>

#include "nn/real_model.h"

namespace privquant {

/// Pictures: N × channels × height × width, real values.
RealModel equalise(RealModel model, const torch::Tensor& pictures);

}  // namespace privquant

// Between the order of pixels in files and ours, and between grey and colour.
#pragma once

#include "base/bytes.h"
#include "data/picture.h"

namespace privquant {

/// From pixel by pixel (r g b r g b …) to channel by channel.
Picture from_interleaved(int channels, int height, int width, Bytes pixels);

/// The picture with 1 or 3 channels: grey is copied three times, colour becomes luma (Rec. 601).
/// @throws Error(usage) for another number of channels.
Picture with_channels(Picture picture, int channels);

/// Luma of one pixel, 0..255.
std::uint8_t luma(const Picture& picture, std::size_t pixel);

}  // namespace privquant

#include "cli/pictures.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "nn/executor.h"

namespace privquant {

int picture_channels(const Graph& graph) {
  const int channels = graph.input().shape.channels;
  if (channels != 1 && channels != 3) {
    fail(ErrorCode::model, "the network {} takes {} channels; pictures have 1 (grey) or 3 (colour)",
         graph.name, channels);
  }
  return channels;
}

Picture fit(const Graph& graph, const LabelledPicture& picture, bool resize_it) {
  const Shape& wanted = graph.input().shape;
  const Picture& given = picture.picture;
  if (resize_it) return resize(given, wanted.height, wanted.width);
  if (auto fitted = fit(picture, wanted.height, wanted.width)) return std::move(*fitted);
  fail(ErrorCode::usage,
       "{} is {} pixels high and {} wide, but the network takes {} by {}; add --resize to stretch it",
       picture.name, given.height, given.width, wanted.height, wanted.width);
}

IntegerTensor to_input(const Graph& graph, const Picture& picture) {
  return quantise_picture(graph, picture.channels, picture.height, picture.width, picture.bytes);
}

std::string class_name(const Graph& graph, std::size_t index) {
  return index < graph.labels.size() ? graph.labels[index] : fmt::format("class {}", index);
}

std::vector<double> probabilities(const Prediction& prediction) {
  std::vector<double> result;
  if (prediction.logits.empty()) return result;
  // Relative to the greatest, so that no power overflows.
  const std::int64_t greatest = *std::max_element(prediction.logits.begin(), prediction.logits.end());
  double sum = 0;
  for (const std::int64_t logit : prediction.logits) {
    const double distance = static_cast<double>(logit) - static_cast<double>(greatest);
    result.push_back(std::exp(std::ldexp(distance, prediction.exponent)));
    sum += result.back();
  }
  for (double& probability : result) probability /= sum;
  return result;
}

}  // namespace privquant

// A network in real numbers, evaluated by plain loops.
#pragma once

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "nn/overloaded.h"
#include "nn/real_model.h"

namespace privquant {

using RealTensor = std::vector<float>;

template <typename Step>
RealTensor over_windows(const Shape& in, const Shape& out, const Window& w, const RealTensor& x, double start,
                        Step step) {
  RealTensor result;
  for (int c = 0; c < out.channels; ++c) {
    for (int oy = 0; oy < out.height; ++oy) {
      for (int ox = 0; ox < out.width; ++ox) {
        double value = start;
        for (int ky = 0; ky < w.kernel_height; ++ky) {
          for (int kx = 0; kx < w.kernel_width; ++kx) {
            const int y = oy * w.stride_height - w.pad_top + ky * w.dilation_height;
            const int column = ox * w.stride_width - w.pad_left + kx * w.dilation_width;
            if (y < 0 || column < 0 || y >= in.height || column >= in.width) continue;
            value = step(value, static_cast<double>(
                                    x[static_cast<std::size_t>((c * in.height + y) * in.width + column)]));
          }
        }
        result.push_back(static_cast<float>(value));
      }
    }
  }
  return result;
}

inline RealTensor convolve(const Shape& in, const Shape& out, const Conv2d& conv, const RealWeights& layer,
                           const RealTensor& x) {
  const Window& w = conv.window;
  const int group_inputs = in.channels / conv.groups;
  const int group_outputs = out.channels / conv.groups;
  RealTensor result(out.elements());
  const auto positions = static_cast<std::size_t>(out.height) * static_cast<std::size_t>(out.width);
  for (int o = 0; o < out.channels; ++o) {
    std::vector<double> sums(positions, static_cast<double>(layer.bias[static_cast<std::size_t>(o)]));
    for (int i = 0; i < group_inputs; ++i) {
      const int c = o / group_outputs * group_inputs + i;
      for (int ky = 0; ky < w.kernel_height; ++ky) {
        for (int kx = 0; kx < w.kernel_width; ++kx) {
          const auto at =
              static_cast<std::size_t>(((o * group_inputs + i) * w.kernel_height + ky) * w.kernel_width + kx);
          const double weight = static_cast<double>(layer.weights[at]);
          for (int oy = 0; oy < out.height; ++oy) {
            const int y = oy * w.stride_height - w.pad_top + ky * w.dilation_height;
            if (y < 0 || y >= in.height) continue;
            for (int ox = 0; ox < out.width; ++ox) {
              const int column = ox * w.stride_width - w.pad_left + kx * w.dilation_width;
              if (column < 0 || column >= in.width) continue;
              sums[static_cast<std::size_t>(oy * out.width + ox)] +=
                  weight *
                  static_cast<double>(x[static_cast<std::size_t>((c * in.height + y) * in.width + column)]);
            }
          }
        }
      }
    }
    for (std::size_t i = 0; i < positions; ++i) {
      result[static_cast<std::size_t>(o) * positions + i] = static_cast<float>(sums[i]);
    }
  }
  return result;
}

/// The output for one picture, in channel, row, column order.
inline RealTensor run_real(const RealModel& model, const RealTensor& picture) {
  std::vector<RealTensor> results;
  for (NodeId id = 0; id < model.graph.nodes.size(); ++id) {
    const Node& node = model.graph.nodes[id];
    const auto x = [&](std::size_t i) -> const RealTensor& { return results[node.inputs[i]]; };
    const auto in = [&]() -> const Shape& { return model.graph.nodes[node.inputs[0]].shape; };
    const auto map = [&](auto f) {
      RealTensor y = x(0);
      for (float& value : y) value = static_cast<float>(f(static_cast<double>(value)));
      return y;
    };
    const auto sum = [](double a, double b) { return a + b; };
    const auto divided = [](RealTensor y, int log2_divisor) {
      for (float& value : y) value = std::ldexp(value, -log2_divisor);
      return y;
    };
    results.push_back(std::visit(
        Overloaded{
            [&](const Input&) { return picture; },
            [&](const Conv2d& conv) { return convolve(in(), node.shape, conv, *model.weights[id], x(0)); },
            [&](const Linear& linear) {
              return convolve(in(), node.shape, Conv2d{{}, linear.out_features, 1, {}}, *model.weights[id],
                              x(0));
            },
            [&](const Add&) {
              RealTensor y = x(0);
              for (std::size_t i = 0; i < y.size(); ++i) y[i] += x(1)[i];
              return y;
            },
            [&](const Relu&) { return map([](double v) { return std::max(v, 0.0); }); },
            [&](const Clip& clip) {
              const double high = std::ldexp(static_cast<double>(clip.high), node.type.exponent);
              return map([high](double v) { return std::clamp(v, 0.0, high); });
            },
            [&](const MaxPool& pool) {
              return over_windows(in(), node.shape, pool.window, x(0), -1e300,
                                  [](double a, double b) { return std::max(a, b); });
            },
            [&](const AvgPool& pool) {
              return divided(over_windows(in(), node.shape, pool.window, x(0), 0, sum), pool.log2_divisor);
            },
            [&](const GlobalAvgPool& pool) {
              Window whole;
              whole.kernel_height = in().height;
              whole.kernel_width = in().width;
              return divided(over_windows(in(), node.shape, whole, x(0), 0, sum), pool.log2_divisor);
            },
            [&](const Flatten&) { return x(0); },
            [&](const Concat&) {
              RealTensor y;
              for (std::size_t i = 0; i < node.inputs.size(); ++i)
                y.insert(y.end(), x(i).begin(), x(i).end());
              return y;
            },
            [&](const PadChannels& pad) {
              const auto plane = static_cast<std::size_t>(in().height) * static_cast<std::size_t>(in().width);
              RealTensor y(static_cast<std::size_t>(pad.before) * plane);
              y.insert(y.end(), x(0).begin(), x(0).end());
              y.resize(node.shape.elements());
              return y;
            },
            [&](const auto&) -> RealTensor { throw std::logic_error("no operator of a real model"); },
        },
        node.op));
  }
  return results.back();
}

}  // namespace privquant

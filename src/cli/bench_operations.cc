#include "cli/bench_operations.h"

#include <string>
#include <utility>

#include "mpc/and_gate.h"
#include "mpc/b2a.h"
#include "mpc/clip_window.h"
#include "mpc/convolve.h"
#include "mpc/extend.h"
#include "mpc/maximum.h"
#include "mpc/multiplex.h"
#include "mpc/pool.h"
#include "mpc/relu.h"
#include "mpc/requantise.h"
#include "mpc/truncate.h"
#include "ring/arithmetic.h"

namespace privquant {

namespace {

RingTensor random_tensor(Width width, std::size_t size, Prg& random) {
  RingTensor bits(width, size);
  random.fill(bits.raw());
  return add_constant(bits, 0);  // reduced
}

}  // namespace

std::vector<BenchOperation> bench_operations(std::size_t n) {
  std::vector<BenchOperation> list;
  const auto unary = [&](const std::string& name, Width width, auto cost, auto run) {
    list.push_back({name, n, [=](Cost& c) { cost(c); },
                    [=](Party& party) { run(party, random_tensor(width, n, party.random)); }, true});
  };
  for (const int l : {8, 16, 32}) {
    const Width width(l);
    unary(
        "drelu " + std::to_string(l), width, [=](Cost& c) { cost_drelu(c, width, n); },
        [](Party& p, const RingTensor& x) { drelu(p, x); });
    unary(
        "relu " + std::to_string(l), width, [=](Cost& c) { cost_relu(c, width, n); },
        [](Party& p, const RingTensor& x) { relu(p, x); });
  }
  for (const auto& [from, to] : {std::pair(4, 12), std::pair(8, 16), std::pair(12, 16)}) {
    const Width m(from);
    const Width w(to);
    const std::string name = "extend " + std::to_string(from) + "->" + std::to_string(to);
    unary(
        name, m, [=](Cost& c) { cost_extend(c, m, w, n); },
        [=](Party& p, const RingTensor& x) { zero_extend(p, x, w); });
    unary(
        name + " msb known", m, [=](Cost& c) { cost_extend(c, m, w, n, KnownMsb::zero); },
        [=](Party& p, const RingTensor& x) { zero_extend(p, x, w, KnownMsb::zero); });
  }
  unary(
      "truncate_reduce 16 by 8", Width(16), [=](Cost& c) { cost_truncate_reduce(c, Width(16), 8, n); },
      [](Party& p, const RingTensor& x) { truncate_reduce(p, x, 8); });
  for (const auto& [l, s] : {std::pair(16, 8), std::pair(24, 12), std::pair(32, 12)}) {
    const Width width(l);
    const int shift = s;
    const std::string name = "truncate " + std::to_string(l) + " by " + std::to_string(s);
    unary(
        name, width, [=](Cost& c) { cost_truncate(c, width, shift, n); },
        [=](Party& p, const RingTensor& x) { truncate_logical(p, x, shift); });
    unary(
        name + " msb known", width, [=](Cost& c) { cost_truncate(c, width, shift, n, KnownMsb::zero); },
        [=](Party& p, const RingTensor& x) { truncate_logical(p, x, shift, KnownMsb::zero); });
  }
  for (const auto& [l, b] : {std::pair(9, 4), std::pair(10, 6), std::pair(14, 8)}) {
    const Width width(l);
    const Width to(b);
    const ClipWindow window{0, b};
    unary(
        "clip_window " + std::to_string(l) + "->" + std::to_string(b), width,
        [=](Cost& c) { cost_clip_window(c, width, window, to, n); },
        [=](Party& p, const RingTensor& x) { clip_window(p, x, window, to); });
  }
  // A whole requantisation with ReLU: 3 bits above the window, into an accumulator's ring.
  for (const int b : {4, 5, 6}) {
    constexpr int shift = 5;
    const Width from(shift + b + 3);
    const Width clipped(b + 1);
    const Width to(14);
    const ClipWindow window{0, b};
    const std::string name = "requantise " + std::to_string(from.bits()) + " by " + std::to_string(shift) +
                             " to " + std::to_string(b) + " bits in 14";
    unary(
        name, from,
        [=](Cost& c) {
          cost_requantise(c, from, {shift, window, false}, to, n);
        },
        [=](Party& p, const RingTensor& x) {
          requantise(p, x, {shift, window, false}, to);
        });
    unary(
        name + ", step by step", from,
        [=](Cost& c) {
          cost_truncate_reduce(c, from, shift, n);
          cost_clip_window(c, Width(b + 3), window, clipped, n);
          cost_extend(c, clipped, to, n, KnownMsb::zero);
        },
        [=](Party& p, const RingTensor& x) {
          const RingTensor y = clip_window(p, truncate_reduce(p, x, shift), window, clipped);
          zero_extend(p, y, to, KnownMsb::zero);
        });
  }
  unary(
      "b2a 16", bit_width,
      [=](Cost& c) {
        cost_b2a(c, {{Width(16), n}});
      },
      [](Party& p, const RingTensor& x) { b2a(p, x, Width(16)); });
  unary(
      "multiplex 16", Width(16), [=](Cost& c) { cost_multiplex(c, Width(16), n); },
      [](Party& p, const RingTensor& x) { multiplex(p, sign_bits(x), x); });
  unary(
      "and", bit_width, [=](Cost& c) { cost_and_level(c, n, 0); },
      [](Party& p, const RingTensor& x) { and_gate(p, x, x); });
  const PoolShape pool{16, 65, 65, 32, 32, 3, 3, 2, 2, 1, 1, 0, 0};
  list.push_back({"max_pool 3x3, 8 bits", pool.outputs(), [=](Cost& c) { cost_max_pool(c, pool, Width(8)); },
                  [=](Party& p) { max_pool(p, pool, random_tensor(Width(8), pool.inputs(), p.random)); }});
  list.push_back({"argmax of 1000, 16 bits", 1, [](Cost& c) { cost_argmax(c, Width(16), 1000); },
                  [](Party& p) { argmax(p, random_tensor(Width(16), 1000, p.random)); }});
  const auto convolution = [&](const std::string& name, const Convolution& c) {
    list.push_back({name, c.shape.outputs(), [=](Cost& cost) { cost_convolve(cost, c); },
                    [=](Party& p) {
                      const std::size_t count =
                          p.is_server() ? c.shape.fan_in() * static_cast<std::size_t>(c.shape.out_channels)
                                        : 0;
                      const std::vector<std::int16_t> weights(count, 1);
                      convolve(p, c, weights, random_tensor(c.input, c.shape.inputs(), p.random));
                    }});
  };
  const auto every_protocol = [&](const std::string& name, const ConvolutionShape& shape, int w, int x,
                                  int l) {
    Convolution c{.shape = shape, .input = Width(x), .accumulator = Width(l), .weight_bits = w};
    convolution(name + " after im2col", c);
    c.protocol = ConvolutionProtocol::activation_driven;
    convolution(name + " activation-driven", c);
    c.sharing = InputSharing::msb_zero;
    convolution(name + " activation-driven, msb known", c);
    c.protocol = ConvolutionProtocol::weight_driven;
    c.input = Width(l);
    convolution(name + " weight-driven", c);
    c.protocol = ConvolutionProtocol::winograd;
    c.input = Width(l + 2);
    if (supports(c.protocol, shape)) convolution(name + " winograd", c);
  };
  for (const auto& [w, x] : {std::pair(2, 4), std::pair(4, 4), std::pair(8, 8)})
    every_protocol("matmul (16x144)(144x1024) W" + std::to_string(w) + "A" + std::to_string(x),
                   {144, 1, 1024, 16, 1, 1024, 1, 1, 1, 1, 1, 1, 1, 0, 0}, w, x, w + x + 8);
  every_protocol("conv 3x3 16->16 32x32 W4A4", {16, 32, 32, 16, 32, 32, 1, 3, 3, 1, 1, 1, 1, 1, 1}, 4, 4, 13);
  return list;
}

}  // namespace privquant

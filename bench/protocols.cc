// Bytes, rounds and time of OT extension and of each functionality: two processes, plain TCP on loopback, one
// protocol thread each. Bytes count both directions, preparation included.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "mpc/and_gate.h"
#include "mpc/b2a.h"
#include "mpc/clip_window.h"
#include "mpc/convolve.h"
#include "mpc/extend.h"
#include "mpc/maximum.h"
#include "mpc/multiplex.h"
#include "mpc/pool.h"
#include "mpc/relu.h"
#include "mpc/truncate.h"
#include "plan/passes.h"
#include "ring/arithmetic.h"
#include "two_processes.h"

namespace privquant {
namespace {

using Clock = std::chrono::steady_clock;

struct Row {
  std::string name;
  std::size_t elements;
  double bytes_per_element;
  std::uint64_t rounds;  ///< online
  double seconds_per_element;
};

struct Operation {
  std::string name;
  std::size_t elements;
  std::function<void(Cost&)> cost;
  std::function<void(Party&)> run;
  bool has_choices = false;  ///< measured with the tuned choices too
  ProtocolChoices choices{};
};

/// Those of the profile privquant.
const ProtocolChoices tuned_choices = profile_of({}).protocol_choices();

RingTensor random_tensor(Width width, std::size_t size, Prg& random) {
  RingTensor bits(width, size);
  random.fill(bits.raw());
  return add_constant(bits, 0);  // reduced
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void wait_for_each_other(Channel& channel) {
  std::uint8_t byte = 0;
  channel.send({&byte, 1});
  channel.receive({&byte, 1});
}

Row measure_operation(const Operation& operation, int repetitions) {
  Row row{operation.name, operation.elements, 0, 0, 0};
  in_two_processes([&](Role role, Channel& channel) {
    Prg random;
    Correlations correlations(channel, role, random);
    Party party{role, channel, correlations, random, operation.choices};
    Cost cost;
    cost.choices = operation.choices;
    operation.cost(cost);
    std::vector<double> seconds;
    std::uint64_t bytes = 0;
    for (int i = 0; i < repetitions; ++i) {
      wait_for_each_other(channel);
      const std::uint64_t before = channel.meter().total().bytes();
      const auto start = Clock::now();
      correlations.prepare(channel, cost.demand);
      operation.run(party);
      wait_for_each_other(channel);
      seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
      bytes = channel.meter().total().bytes() - before - 2;
    }
    row.bytes_per_element = static_cast<double>(bytes) / static_cast<double>(operation.elements);
    row.rounds = cost.rounds();
    row.seconds_per_element = median(seconds) / static_cast<double>(operation.elements);
  });
  return row;
}

// Random OTs as rows, nothing hashed: what the sender of a random COT holds.
Row measure_extension(int choice_bits, std::size_t count, int repetitions) {
  Row row{
      choice_bits == 1 ? "random COT, IKNP" : "random 1-of-" + std::to_string(1 << choice_bits) + " OT, KK13",
      count, 0, 1, 0};
  in_two_processes([&](Role role, Channel& channel) {
    Prg random;
    std::vector<double> seconds;
    std::uint64_t bytes = 0;
    const BaseOtSender base(random);
    std::unique_ptr<RandomOtSender> sender;
    std::unique_ptr<RandomOtReceiver> receiver;
    if (role == Role::client) {
      base.start(channel);
      receiver = make_code_receiver(choice_bits, base.finish(channel, base_ots_per_direction, Block{}));
    } else {
      SecretVector<std::uint8_t> secret(base_ots_per_direction);
      random.fill(secret);
      for (auto& bit : secret) bit &= 1U;
      sender = make_code_sender(choice_bits, BaseOtReceiver(Block{}).run(channel, random, secret), secret);
    }
    // One pass over 2^20 OTs at a time, into the same memory, as a consumer would.
    const std::size_t batch = std::min<std::size_t>(count, std::size_t{1} << 20);
    for (int i = 0; i < repetitions + 1; ++i) {
      wait_for_each_other(channel);
      const std::uint64_t before = channel.meter().total().bytes();
      const auto start = Clock::now();
      OtRows rows;
      SecretVector<std::uint8_t> choices;
      rows.low.reserve(batch);
      rows.high.reserve(choice_bits > 1 ? batch : 0);
      choices.reserve(batch);
      for (std::size_t done = 0; done < count; done += batch) {
        rows.low.clear();
        rows.high.clear();
        choices.clear();
        if (sender) {
          sender->extend(channel, std::min(batch, count - done), rows);
        } else {
          receiver->extend(channel, std::min(batch, count - done), rows, choices);
        }
      }
      wait_for_each_other(channel);
      if (i > 0) seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
      bytes = channel.meter().total().bytes() - before - 2;
    }
    row.bytes_per_element = static_cast<double>(bytes) / static_cast<double>(count);
    row.seconds_per_element = median(seconds) / static_cast<double>(count);
  });
  return row;
}

std::vector<Operation> operations(std::size_t n) {
  std::vector<Operation> list;
  // Random shares stand for values: no protocol here depends on what they are.
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

int run(int argc, char** argv) {
  CLI::App app("Bytes, rounds and time of the protocols: two processes on loopback, one thread each");
  bool json = false;
  std::string filter;
  std::size_t elements = std::size_t{1} << 16;
  std::size_t ots = std::size_t{1} << 25;
  int repetitions = 5;
  app.add_flag("--json", json, "a list of {name, elements, bytes_per_element, rounds, seconds_per_element}");
  app.add_option("--filter", filter, "only names that contain this");
  app.add_option("--elements", elements, "elements of each functionality");
  app.add_option("--ots", ots, "OTs of each extension");
  app.add_option("--repetitions", repetitions, "the median of so many runs")->check(CLI::Range(1, 1000));
  CLI11_PARSE(app, argc, argv);

  nlohmann::json list = nlohmann::json::array();
  if (!json) std::printf("%-64s %10s %12s %7s %12s\n", "", "elements", "bytes/elem", "rounds", "us/elem");
  const auto report = [&](const Row& row) {
    list.push_back({{"name", row.name},
                    {"elements", row.elements},
                    {"bytes_per_element", row.bytes_per_element},
                    {"rounds", row.rounds},
                    {"seconds_per_element", row.seconds_per_element}});
    if (!json) {
      std::printf("%-64s %10zu %12.3f %7llu %12.5f\n", row.name.c_str(), row.elements, row.bytes_per_element,
                  static_cast<unsigned long long>(row.rounds), row.seconds_per_element * 1e6);
      std::fflush(stdout);
    }
  };
  const auto wanted = [&](const std::string& name) { return name.find(filter) != std::string::npos; };
  for (int k = 1; k <= max_choice_bits; ++k) {
    if (wanted(k == 1 ? "random COT" : "random 1-of-" + std::to_string(1 << k) + " OT"))
      report(measure_extension(k, k == 1 ? ots : ots / 8, repetitions));
  }
  for (const Operation& operation : operations(elements)) {
    if (wanted(operation.name)) report(measure_operation(operation, repetitions));
    if (!operation.has_choices) continue;
    Operation tuned = operation;
    tuned.name += ", privquant";
    tuned.choices = tuned_choices;
    if (wanted(tuned.name)) report(measure_operation(tuned, repetitions));
  }
  if (json) std::cout << list.dump(2) << "\n";
  return 0;
}

}  // namespace
}  // namespace privquant

int main(int argc, char** argv) {
  try {
    return privquant::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_protocols: %s\n", error.what());
    return 1;
  }
}

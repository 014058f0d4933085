#include "cli/bench_measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "cli/two_processes.h"
#include "ot/base_ot.h"
#include "ot/code_extension.h"

namespace privquant {

namespace {

using Clock = std::chrono::steady_clock;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void wait_for_each_other(Channel& channel) {
  std::uint8_t byte = 0;
  channel.send({&byte, 1});
  channel.receive({&byte, 1});
}

}  // namespace

BenchRow measure_operation(const BenchOperation& operation, int repetitions) {
  BenchRow row{operation.name, operation.elements, 0, 0, 0};
  in_two_processes([&](Role role, Channel& channel) {
    Prg random;
    Correlations correlations(channel, role, random, operation.choices.extension);
    Party party{role, channel, correlations, random, operation.choices};
    Cost cost;
    cost.choices = operation.choices;
    operation.cost(cost);
    std::vector<double> seconds;
    std::uint64_t bytes = 0;
    const int starting = repetitions > 1 ? 1 : 0;
    for (int i = 0; i < repetitions; ++i) {
      wait_for_each_other(channel);
      const std::uint64_t before = channel.meter().total().bytes();
      const auto start = Clock::now();
      correlations.prepare(channel, cost.demand);
      operation.run(party);
      wait_for_each_other(channel);
      seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
      if (i >= starting) bytes += channel.meter().total().bytes() - before - 2;
    }
    row.bytes_per_element =
        static_cast<double>(bytes) / (static_cast<double>(operation.elements) * (repetitions - starting));
    row.rounds = cost.rounds();
    row.seconds_per_element = median(seconds) / static_cast<double>(operation.elements);
  });
  return row;
}

std::string extension_name(int choice_bits) {
  return choice_bits == 1 ? "random COT, IKNP" : fmt::format("random 1-of-{} OT, KK13", 1 << choice_bits);
}

BenchRow measure_extension(int choice_bits, std::size_t count, int repetitions) {
  BenchRow row{extension_name(choice_bits), count, 0, 1, 0};
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

}  // namespace privquant

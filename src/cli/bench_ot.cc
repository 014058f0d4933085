#include "cli/bench_ot.h"

#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/parallel_for.h"
#include "cli/two_processes.h"
#include "crypto/correlation_hash.h"
#include "ot/correlations.h"
#include "ot/session_extensions.h"

namespace privquant {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Of this process, all threads.
double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Both are here; returns what the other has to say.
double exchange(Channel& channel, double value) {
  const std::array<double, 1> own{value};
  std::array<double, 1> peer{};
  channel.send(as_bytes(own));
  channel.receive(as_mutable_bytes(peer));
  return peer[0];
}

constexpr std::size_t exchanged_bytes = 2 * sizeof(double);

int choice_bits_of(OtKind kind) { return kind == OtKind::random_1of16 ? 4 : 1; }

// Makes and hashes OTs into the same memory again and again, as a consumer would.
class Consumer {
 public:
  Consumer(SessionExtensions& extensions, Role role, OtKind kind)
      : extensions_(extensions), sends_(role == Role::server), kind_(kind) {}

  void run(Channel& channel, std::size_t count) {
    const std::size_t batch = std::min(count, std::size_t{1} << 20);
    const auto k = static_cast<std::size_t>(choice_bits_of(kind_));
    rows_.low.reserve(batch);
    choices_.reserve(batch);
    if (extensions_.cot_sender) {
      if (sends_) {
        extensions_.cot_sender->announce(channel, k * count);
      } else {
        extensions_.cot_receiver->announce(channel, k * count);
      }
    }
    for (std::size_t done = 0; done < count; done += batch) {
      rows_.low.clear();
      rows_.high.clear();
      choices_.clear();
      const std::size_t here = std::min(batch, count - done);
      if (sends_) {
        extensions_.senders[k - 1]->extend(channel, here, rows_);
        hash_as_sender(*extensions_.senders[k - 1], done);
      } else {
        extensions_.receivers[k - 1]->extend(channel, here, rows_, choices_);
        hash_as_receiver(done);
      }
    }
    channel.flush();
  }

 private:
  static constexpr std::size_t chunk = 2048;  // what a functionality hashes at a time

  template <typename Body>
  void for_each_chunk(Body&& body) {
    for (std::size_t at = 0; at < rows_.low.size(); at += chunk) {
      const std::size_t here = std::min(chunk, rows_.low.size() - at);
      body(at, std::span<const Block>(rows_.low).subspan(at, here),
           std::span<const Block>(rows_.high)
               .subspan(rows_.high.empty() ? 0 : at, rows_.high.empty() ? 0 : here));
    }
  }

  void hash_as_sender(const RandomOtSender& sender, std::size_t tweak) {
    if (kind_ == OtKind::random_cot) return;
    for_each_chunk([&](std::size_t at, std::span<const Block> low, std::span<const Block> high) {
      if (kind_ == OtKind::random_ot) {
        hash_.hash_pairs(tweak + at, low, sender.offsets_low()[1], std::span(zero_).first(low.size()),
                         std::span(one_).first(low.size()));
      } else if (high.empty()) {
        hash_.hash_offsets(tweak + at, low, sender.offsets_low(), std::span(pads_).first(16 * low.size()));
      } else {
        hash_.hash_wide_offsets(tweak + at, low, high, sender.offsets_low(), sender.offsets_high(),
                                std::span(pads_).first(16 * low.size()));
      }
    });
  }

  void hash_as_receiver(std::size_t tweak) {
    if (kind_ == OtKind::random_cot) return;
    for_each_chunk([&](std::size_t at, std::span<const Block> low, std::span<const Block> high) {
      if (kind_ == OtKind::random_ot) {
        hash_.hash(tweak + at, low, std::span(zero_).first(low.size()));
      } else if (high.empty()) {
        hash_.hash_low(tweak + at, low, std::span(pads_).first(low.size()));
      } else {
        hash_.hash_wide(tweak + at, low, high, std::span(pads_).first(low.size()));
      }
    });
  }

  SessionExtensions& extensions_;
  bool sends_;
  OtKind kind_;
  CorrelationHash hash_{Block{1, 2}};
  OtRows rows_;
  SecretVector<std::uint8_t> choices_;
  SecretVector<Block> zero_ = SecretVector<Block>(chunk);
  SecretVector<Block> one_ = SecretVector<Block>(chunk);
  SecretVector<std::uint64_t> pads_ = SecretVector<std::uint64_t>(16 * chunk);
};

nlohmann::json as_json(const OtBenchRow& row) {
  const auto count = static_cast<double>(row.ots);
  return {{"extension", name_of(row.extension)},
          {"kind", name_of(row.kind)},
          {"threads", row.threads},
          {"ots", row.ots},
          {"ots_per_second", count / row.seconds},
          {"bits_per_ot", 8 * static_cast<double>(row.bytes) / count},
          {"sender_cpu_ns_per_ot", 1e9 * row.sender_cpu_seconds / count},
          {"receiver_cpu_ns_per_ot", 1e9 * row.receiver_cpu_seconds / count}};
}

nlohmann::json as_json(const OtSetUpRow& row) {
  return {{"extension", name_of(row.extension)},
          {"set_up_bytes", row.bytes},
          {"set_up_seconds", row.seconds},
          {"first_ots", first_ots},
          {"bytes_to_first_ots", row.bytes_to_first},
          {"seconds_to_first_ots", row.seconds_to_first}};
}

void print(const OtBenchRow& row) {
  const auto count = static_cast<double>(row.ots);
  fmt::print("{:28} {:>7} {:>10.1f} {:>10.3f} {:>12.2f} {:>12.2f}\n",
             fmt::format("{}, {}", name_of(row.kind), name_of(row.extension)), row.threads,
             1e-6 * count / row.seconds, 8 * static_cast<double>(row.bytes) / count,
             1e9 * row.sender_cpu_seconds / count, 1e9 * row.receiver_cpu_seconds / count);
  std::fflush(stdout);
}

}  // namespace

OtBenchRow measure_ots(OtExtension extension, OtKind kind, unsigned threads, std::size_t ots,
                       int repetitions) {
  OtBenchRow row{extension, kind, threads, ots, 0, 0, 0, 0};
  in_two_processes([&](Role role, Channel& channel) {
    std::vector<double> seconds;
    std::vector<double> own_cpu;
    std::vector<double> peer_cpu;
    for (int i = 0; i < repetitions; ++i) {
      Prg random;
      SessionExtensions extensions = set_up_extensions(channel, role, random, extension, threads);
      Consumer consumer(extensions, role, kind);
      exchange(channel, 0);
      const std::uint64_t before = channel.meter().total().bytes();
      const double cpu_before = cpu_seconds();
      const auto start = Clock::now();
      consumer.run(channel, ots);
      own_cpu.push_back(cpu_seconds() - cpu_before);
      peer_cpu.push_back(exchange(channel, own_cpu.back()));
      seconds.push_back(seconds_since(start));
      row.bytes = channel.meter().total().bytes() - before - exchanged_bytes;
    }
    row.seconds = median(seconds);
    row.receiver_cpu_seconds = median(own_cpu);
    row.sender_cpu_seconds = median(peer_cpu);
  });
  return row;
}

OtSetUpRow measure_ot_set_up(OtExtension extension, int repetitions) {
  OtSetUpRow row{extension, 0, 0, 0, 0};
  in_two_processes([&](Role role, Channel& channel) {
    std::vector<double> seconds;
    std::vector<double> to_first;
    for (int i = 0; i < repetitions; ++i) {
      Prg random;
      Demand demand;
      demand.ots(Role::server, 1) = first_ots;
      exchange(channel, 0);
      const std::uint64_t before = channel.meter().total().bytes();
      const auto start = Clock::now();
      Correlations correlations(channel, role, random, extension);
      seconds.push_back(seconds_since(start));
      row.bytes = channel.meter().total().bytes() - before;
      correlations.prepare(channel, demand);
      exchange(channel, 0);
      to_first.push_back(seconds_since(start));
      row.bytes_to_first = channel.meter().total().bytes() - before - exchanged_bytes;
    }
    row.seconds = median(seconds);
    row.seconds_to_first = median(to_first);
  });
  return row;
}

std::string name_of(OtKind kind) {
  switch (kind) {
    case OtKind::random_cot:
      return "random COT";
    case OtKind::random_ot:
      return "random OT";
    case OtKind::random_1of16:
      return "random 1-of-16 OT";
  }
  return {};
}

void bench_ots(std::size_t ots, unsigned threads, int repetitions, const std::string& filter, bool json) {
  const auto wanted = [&](const std::string& name) { return name.find(filter) != std::string::npos; };
  std::vector<unsigned> thread_counts{1};
  if (thread_count(threads) > 1) thread_counts.push_back(thread_count(threads));
  nlohmann::json list = nlohmann::json::array();
  if (!json)
    fmt::print("{:28} {:>7} {:>10} {:>10} {:>12} {:>12}\n", "", "threads", "million/s", "bits", "sender ns",
               "receiver ns");
  for (const OtKind kind : {OtKind::random_cot, OtKind::random_ot, OtKind::random_1of16}) {
    for (const OtExtension extension : ot_extensions) {
      if (!wanted(fmt::format("{}, {}", name_of(kind), name_of(extension)))) continue;
      const std::size_t count =
          std::max<std::size_t>(1, ots / static_cast<std::size_t>(choice_bits_of(kind)));
      for (const unsigned own : thread_counts) {
        if (extension == OtExtension::iknp && own > 1) continue;  // expands on one
        const OtBenchRow row = measure_ots(extension, kind, own, count, repetitions);
        list.push_back(as_json(row));
        if (!json) print(row);
      }
    }
  }
  if (!json)
    fmt::print("\n{:28} {:>14} {:>10} {:>22} {:>10}\n", "", "set-up bytes", "seconds",
               fmt::format("and {} COTs, bytes", first_ots), "seconds");
  for (const OtExtension extension : ot_extensions) {
    if (!wanted(fmt::format("set-up, {}", name_of(extension)))) continue;
    const OtSetUpRow row = measure_ot_set_up(extension, repetitions);
    list.push_back(as_json(row));
    if (!json)
      fmt::print("{:28} {:>14} {:>10.4f} {:>22} {:>10.4f}\n", fmt::format("set-up, {}", name_of(extension)),
                 row.bytes, row.seconds, row.bytes_to_first, row.seconds_to_first);
  }
  if (json) fmt::print("{}\n", list.dump(2));
}

}  // namespace privquant

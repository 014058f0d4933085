// Counts what crosses a channel: bytes each way, rounds and seconds, by phase, layer and functionality.
//
// Bytes are payload bytes of the protocols; frame headers and TLS records are not counted (docs/protocols.md
// says how large they are). A round is one step of the longest chain of messages that had to wait for each
// other: a message's depth is one more than the deepest message that its sender had read; the number
// of rounds is the growth of the greatest depth. Both parties see the same number.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <string>

namespace privquant {

enum class Phase { setup, preparation, online };

struct Traffic {
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t rounds = 0;
  double seconds = 0;

  std::uint64_t bytes() const { return bytes_sent + bytes_received; }
  Traffic& operator+=(const Traffic& other);
};

/// Where traffic belongs. Layer and functionality may be empty.
struct MeterLabel {
  Phase phase = Phase::setup;
  std::string layer;
  std::string functionality;
  auto operator<=>(const MeterLabel&) const = default;
};

class Meter {
 public:
  /// While it lives, traffic counts under `label`; then the label before it holds again. A scope
  /// with an empty functionality or layer inherits the outer one's.
  class Scope {
   public:
    Scope(Meter& meter, MeterLabel label);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Meter& meter_;
    MeterLabel outer_;
  };
  /// Scopes that change one part of the label only.
  Scope phase(Phase phase);
  Scope layer(std::string layer);
  Scope functionality(std::string functionality);

  const MeterLabel& label() const { return label_; }
  const std::map<MeterLabel, Traffic>& by_label();
  Traffic total();
  Traffic total(Phase phase);
  void reset();

  void count_sent(std::size_t bytes);
  void count_received(std::size_t bytes);
  void count_rounds(std::uint64_t rounds);

 private:
  void count_time();
  Traffic& current();

  MeterLabel label_;
  Traffic* current_ = nullptr;
  std::map<MeterLabel, Traffic> traffic_;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

}  // namespace privquant

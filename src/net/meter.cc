#include "net/meter.h"

#include <utility>

namespace privquant {

Traffic& Traffic::operator+=(const Traffic& other) {
  bytes_sent += other.bytes_sent;
  bytes_received += other.bytes_received;
  rounds += other.rounds;
  seconds += other.seconds;
  return *this;
}

Meter::Scope::Scope(Meter& meter, MeterLabel label) : meter_(meter), outer_(meter.label_) {
  if (label.layer.empty()) label.layer = outer_.layer;
  if (label.functionality.empty()) label.functionality = outer_.functionality;
  meter_.count_time();
  meter_.label_ = std::move(label);
  meter_.current_ = nullptr;
}

Meter::Scope::~Scope() {
  meter_.count_time();
  meter_.label_ = std::move(outer_);
  meter_.current_ = nullptr;
}

Meter::Scope Meter::phase(Phase phase) { return {*this, {phase, {}, {}}}; }

Meter::Scope Meter::layer(std::string layer) { return {*this, {label_.phase, std::move(layer), {}}}; }

Meter::Scope Meter::functionality(std::string functionality) {
  return {*this, {label_.phase, {}, std::move(functionality)}};
}

const std::map<MeterLabel, Traffic>& Meter::by_label() {
  count_time();
  return traffic_;
}

Traffic Meter::total() {
  Traffic sum;
  for (const auto& [label, traffic] : by_label()) sum += traffic;
  return sum;
}

Traffic Meter::total(Phase phase) {
  Traffic sum;
  for (const auto& [label, traffic] : by_label())
    if (label.phase == phase) sum += traffic;
  return sum;
}

void Meter::reset() {
  traffic_.clear();
  current_ = nullptr;
  since_ = std::chrono::steady_clock::now();
}

void Meter::count_sent(std::size_t bytes) { current().bytes_sent += bytes; }

void Meter::count_received(std::size_t bytes) { current().bytes_received += bytes; }

void Meter::count_rounds(std::uint64_t rounds) { current().rounds += rounds; }

void Meter::count_time() {
  const auto now = std::chrono::steady_clock::now();
  current().seconds += std::chrono::duration<double>(now - since_).count();
  since_ = now;
}

Traffic& Meter::current() {
  if (current_ == nullptr) current_ = &traffic_[label_];
  return *current_;
}

}  // namespace privquant

// The server's side of one session, on a channel that is connected already.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <utility>

#include "net/channel.h"
#include "service/served_model.h"
#include "service/session_options.h"

namespace privquant {

/// How many sessions may run at once.
class SessionSlots {
 public:
  explicit SessionSlots(std::size_t count) : count_(count) {}

  /// Takes a place for as long as it lives. @throws Error(peer) if all are taken.
  class Place {
   public:
    explicit Place(SessionSlots& slots);
    ~Place() { --slots_.taken_; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    SessionSlots& slots_;
  };

 private:
  const std::size_t count_;
  std::atomic<std::size_t> taken_{0};
};

class ServerSession {
 public:
  /// All must outlive the session.
  ServerSession(Channel& channel, const ServedModel& served, const SessionOptions& options,
                SessionSlots& slots)
      : channel_(channel), served_(served), options_(options), slots_(slots) {}

  /// From the first hello to the client's good-bye. @throws Error; then the client has been told why.
  void run();

  /// Whether contract and plan have been agreed upon.
  bool started() const { return started_; }
  /// Called once they have.
  void observe_start(std::function<void()> observer) { observer_ = std::move(observer); }
  std::size_t inferences() const { return inferences_; }

 private:
  void serve();

  Channel& channel_;
  const ServedModel& served_;
  const SessionOptions& options_;
  SessionSlots& slots_;
  std::function<void()> observer_;
  bool started_ = false;
  std::size_t inferences_ = 0;
};

}  // namespace privquant

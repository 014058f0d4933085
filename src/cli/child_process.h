// A second process of this program that does one thing and reports back in JSON, a line a document.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace privquant {

class ChildProcess {
 public:
  using Reporter = std::function<void(const nlohmann::json&)>;

  /// Forks; the child runs `body` and ends. What `body` throws is thrown by the parent's receive().
  /// Call it while this process has one thread.
  explicit ChildProcess(const std::function<void(const Reporter&)>& body);
  /// Ends the child if it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// The next document. @throws Error as the child did; Error(internal) if it ended without one.
  nlohmann::json receive();
  /// Waits for the end. Returns the most memory that the child held, in bytes.
  std::uint64_t wait();

 private:
  pid_t process_ = -1;
  int pipe_ = -1;
  std::string unread_;
};

}  // namespace privquant

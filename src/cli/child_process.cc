#include "cli/child_process.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>

#include "base/error.h"

namespace privquant {

namespace {

[[noreturn]] void fail_to_start() {
  fail(ErrorCode::internal, "cannot start a second process; end some others and try again");
}

void write_line(int pipe, const nlohmann::json& document) {
  const std::string line = document.dump() + "\n";
  std::size_t written = 0;
  while (written < line.size()) {
    const ssize_t count = ::write(pipe, line.data() + written, line.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;  // the parent has gone: nobody is left to tell
    written += static_cast<std::size_t>(count);
  }
}

[[noreturn]] void be_the_child(int pipe, const std::function<void(const ChildProcess::Reporter&)>& body) {
  // Not to outlive a parent that was killed.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const auto report = [&](ErrorCode code, const char* sentence) {
    write_line(pipe, {{"error", sentence}, {"code", static_cast<int>(code)}});
  };
  try {
    body([&](const nlohmann::json& document) { write_line(pipe, document); });
  } catch (const Error& error) {
    report(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    report(ErrorCode::internal, "there is too little memory; use a smaller network or a machine with more");
  } catch (const std::exception& error) {
    report(ErrorCode::internal, error.what());
  }
  // Buffers that were filled before the fork are the parent's to write.
  std::_Exit(0);
}

}  // namespace

ChildProcess::ChildProcess(const std::function<void(const Reporter&)>& body) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) fail_to_start();
  process_ = ::fork();
  if (process_ < 0) {
    ::close(ends[0]);
    ::close(ends[1]);
    fail_to_start();
  }
  if (process_ == 0) {
    ::close(ends[0]);
    be_the_child(ends[1], body);
  }
  ::close(ends[1]);
  pipe_ = ends[0];
}

ChildProcess::~ChildProcess() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  ::close(pipe_);
}

nlohmann::json ChildProcess::receive() {
  std::array<char, 4096> part{};
  std::size_t end = unread_.find('\n');
  while (end == std::string::npos) {
    const ssize_t count = ::read(pipe_, part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail(ErrorCode::internal, "a process of the measurement ended early");
    unread_.append(part.data(), static_cast<std::size_t>(count));
    end = unread_.find('\n');
  }
  nlohmann::json document = nlohmann::json::parse(unread_.substr(0, end));
  unread_.erase(0, end + 1);
  if (document.contains("error"))
    throw Error(static_cast<ErrorCode>(document["code"].get<int>()), document["error"].get<std::string>());
  return document;
}

std::uint64_t ChildProcess::wait() {
  rusage usage{};
  int status = 0;
  while (::wait4(process_, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  process_ = -1;
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace privquant

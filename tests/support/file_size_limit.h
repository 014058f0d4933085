// What a full disk does to those who write: while this lives, the process's files grow to some bytes and no further.
#pragma once

#include <sys/resource.h>

#include <csignal>
#include <stdexcept>

namespace privquant {

class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    if (getrlimit(RLIMIT_FSIZE, &before_) != 0) throw std::runtime_error("no limit is known");
    const rlimit limited{bytes, before_.rlim_max};
    if (setrlimit(RLIMIT_FSIZE, &limited) != 0) throw std::runtime_error("no limit can be set");
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

}  // namespace privquant

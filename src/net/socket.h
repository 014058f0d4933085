// An open TCP connection on which nothing has been said yet.
#pragma once

#include <string>
#include <utility>

namespace privquant {

/// Owns a file descriptor.
class Socket {
 public:
  Socket(int descriptor, std::string remote) : descriptor_(descriptor), remote_(std::move(remote)) {}
  ~Socket();
  Socket(Socket&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), remote_(std::move(other.remote_)) {}
  Socket& operator=(Socket&& other) noexcept;

  /// Who is at the other end, as HOST:PORT, for logs.
  const std::string& remote() const { return remote_; }
  int descriptor() const { return descriptor_; }
  /// Hands the descriptor over to the caller.
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
  std::string remote_;
};

}  // namespace privquant

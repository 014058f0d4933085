#include "net/socket.h"

#include <unistd.h>

namespace privquant {

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(remote_, other.remote_);
  return *this;
}

}  // namespace privquant

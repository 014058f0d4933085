// The one exception type. Thrown at the door (files, arguments, network), caught in main, in the
// session loop, and nowhere else.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace privquant {

enum class ErrorCode {
  usage,     ///< the caller asked for something that makes no sense: exit status 2
  file,      ///< a file is missing, unreadable, truncated or of the wrong kind
  model,     ///< a network that cannot be: impossible widths, shapes that do not fit
  network,   ///< connection refused, port in use, closed, TLS failure
  peer,      ///< the other party does not follow the protocol, or refused us
  timeout,   ///< the other party stayed silent for too long
  internal,  ///< a bug of ours
};

/// A sentence that tells the user what went wrong and what to do. Never carries a secret.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

/// Throws Error with a formatted sentence.
template <typename... Arguments>
[[noreturn]] void fail(ErrorCode code, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  throw Error(code, fmt::format(format, std::forward<Arguments>(arguments)...));
}

namespace detail {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}

}  // namespace privquant

/// An internal contract that guards a secret or a buffer; stays on in release. Failing is a bug of ours
/// and throws Error(internal).
#define PQ_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::privquant::detail::check_failed(#condition, __FILE__, __LINE__))

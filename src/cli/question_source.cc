#include "cli/question_source.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/error.h"

namespace privquant {

namespace {

constexpr std::size_t longest_line = 1 << 16;  // of a picture's name

}  // namespace

bool InputLines::ready() const {
  if (ended_ || read_.find('\n') != std::string::npos) return true;
  pollfd input{STDIN_FILENO, POLLIN, 0};
  // The end of the input and its errors are something to read, too.
  return ::poll(&input, 1, 0) > 0;
}

std::optional<std::string> InputLines::next() {
  std::size_t end = read_.find('\n');
  while (end == std::string::npos && !ended_) {
    if (read_.size() > longest_line)
      fail(ErrorCode::usage,
           "a line of the standard input is too long to name a picture; write one name a line");
    std::array<char, 4096> bytes{};
    const auto count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      ended_ = true;
    } else {
      read_.append(bytes.data(), static_cast<std::size_t>(count));
    }
    end = read_.find('\n');
  }
  if (end == std::string::npos && read_.empty()) return std::nullopt;
  std::string line = read_.substr(0, end);
  read_.erase(0, end == std::string::npos ? end : end + 1);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

QuestionSource::QuestionSource(const std::vector<std::string>& names, bool resize)
    : names_(names), resize_(resize), from_input_(names == std::vector<std::string>{"-"}) {
  if (!from_input_ && std::find(names.begin(), names.end(), "-") != names.end())
    fail(ErrorCode::usage, "'-' stands for the standard input and cannot be named beside other pictures");
}

void QuestionSource::load(const Graph& graph) {
  if (from_input_) return;
  for (const std::string& name : std::exchange(names_, {})) loaded_.push_back(load_one(graph, name));
}

Question QuestionSource::load_one(const Graph& graph, const std::string& name) const {
  const LabelledPicture loaded = load_picture(name, picture_channels(graph));
  return {loaded.name, loaded.label, fit(graph, loaded, resize_)};
}

std::optional<Question> QuestionSource::next(const Graph& graph) {
  if (from_input_) {
    while (auto name = lines_.next()) {
      if (!name->empty()) return load_one(graph, *name);
    }
    return std::nullopt;
  }
  if (loaded_.empty()) return std::nullopt;
  Question question = std::move(loaded_.front());
  loaded_.pop_front();
  return question;
}

std::optional<std::size_t> QuestionSource::left() const {
  if (from_input_) return std::nullopt;
  return names_.size() + loaded_.size();
}

}  // namespace privquant

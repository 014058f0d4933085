// The pictures that `infer` asks about: named on the command line, or on the standard input as they come.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "cli/pictures.h"

namespace privquant {

/// A picture in the network's size.
struct Question {
  std::string name;
  std::optional<int> label;
  Picture picture;
};

/// Lines of the standard input, so that one can do something else while none is there.
class InputLines {
 public:
  /// Whether next() would not wait.
  bool ready() const;
  /// Without its end; none at the end of the input.
  std::optional<std::string> next();

 private:
  std::string read_;  // not handed out yet
  bool ended_ = false;
};

class QuestionSource {
 public:
  /// `names`: pictures, or just "-" for the standard input, one name a line. @throws Error(usage)
  QuestionSource(const std::vector<std::string>& names, bool resize);

  /// Loads the pictures of the command line, all of them. @throws Error(file | usage)
  void load(const Graph& graph);
  /// Whether next() would not wait.
  bool ready() const { return !from_input_ || lines_.ready(); }
  /// None after the last one. @throws Error(file | usage)
  std::optional<Question> next(const Graph& graph);
  /// None where only the future knows.
  std::optional<std::size_t> left() const;

 private:
  Question load_one(const Graph& graph, const std::string& name) const;

  std::vector<std::string> names_;
  bool resize_;
  bool from_input_;
  InputLines lines_;
  std::deque<Question> loaded_;
};

}  // namespace privquant

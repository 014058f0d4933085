// Aligned columns for terminals, and numbers as texts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace privquant {

enum class Align { left, right };

struct Column {
  std::string title;
  Align align = Align::right;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// One cell a column.
  void add_row(std::vector<std::string> cells);
  /// A line across.
  void add_rule();
  /// Lines that end in a newline.
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;  ///< an empty row is a rule
};

/// Columns that a UTF-8 text takes, where every character takes one.
std::size_t display_width(std::string_view text);

/// 1234567 → "1,234,567".
std::string with_separators(std::uint64_t value);

/// Millions of bytes.
double megabytes(std::uint64_t bytes);
/// 1234567 → "1.235".
std::string megabytes_text(std::uint64_t bytes);

}  // namespace privquant

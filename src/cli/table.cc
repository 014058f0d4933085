#include "cli/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace privquant {

namespace {

constexpr std::string_view gap = "  ";

std::string repeated(std::string_view part, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += part;
  return text;
}

std::string padded(const std::string& cell, std::size_t width, Align align) {
  const std::string padding(width - display_width(cell), ' ');
  return align == Align::left ? cell + padding : padding + cell;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U;  // continuation bytes take no place
  }));
}

void Table::add_row(std::vector<std::string> cells) {
  PQ_CHECK(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

void Table::add_rule() { rows_.emplace_back(); }

std::string Table::text() const {
  std::vector<std::size_t> widths;
  std::vector<std::string> titles;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t width = display_width(columns_[c].title);
    for (const auto& row : rows_) {
      if (!row.empty()) width = std::max(width, display_width(row[c]));
    }
    widths.push_back(width);
    titles.push_back(columns_[c].title);
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string result;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      if (c > 0) result += gap;
      result += padded(cells[c], widths[c], columns_[c].align);
    }
    result.erase(result.find_last_not_of(' ') + 1);
    return result + "\n";
  };
  std::size_t total = gap.size() * (widths.size() - 1);
  for (const std::size_t width : widths) total += width;
  const std::string rule = repeated("─", total) + "\n";

  std::string result = line(titles) + rule;
  for (const auto& row : rows_) result += row.empty() ? rule : line(row);
  return result;
}

std::string with_separators(std::uint64_t value) {
  const std::string digits = std::to_string(value);
  std::string result;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) result += ',';
    result += digits[i];
  }
  return result;
}

double megabytes(std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

std::string megabytes_text(std::uint64_t bytes) { return fmt::format("{:.3f}", megabytes(bytes)); }

}  // namespace privquant

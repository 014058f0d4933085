// The frame of our reports: one page that opens without a network, without scripts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace privquant {

/// A whole document around `body`, which is mark-up.
std::string html_page(std::string_view title, const std::string& body);

class PageTable {
 public:
  /// Titles that begin with a space are of columns of text.
  explicit PageTable(const std::vector<std::string>& titles);
  void add_row(const std::vector<std::string>& cells);
  std::string html() const { return html_ + "</tbody></table></div>\n"; }

 private:
  std::string html_;
};

/// The names of a chart's series, each with its colour.
std::string legend(const std::vector<std::string>& names);

}  // namespace privquant

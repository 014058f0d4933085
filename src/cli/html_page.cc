#include "cli/html_page.h"

#include <fmt/format.h>

#include "cli/svg_chart.h"

namespace privquant {

namespace {

constexpr std::string_view style = R"(
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 1000px;
       margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
svg { width: 100%; height: auto; display: block; font: 11px system-ui, sans-serif; fill: #1a1a1a; }
svg .small { font-size: 9px; fill: #444; }
svg text { paint-order: stroke; stroke: #fff; stroke-width: 3px; }
svg .grid { stroke: #ddd; stroke-width: 1; }
svg .frontier { fill: none; stroke: #888; stroke-dasharray: 4 3; }
svg .major { fill: #0072b2; } svg .minor { fill: #fff; stroke: #d55e00; stroke-width: 1.5; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.85rem; }
th, td { padding: 0.2rem 0.5rem; text-align: right; border-bottom: 1px solid #ddd; vertical-align: top; }
th:first-child, td:first-child, td.text, th.text { text-align: left; }
td:first-child { overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; font-size: 0.85rem; }
.legend span { display: inline-block; width: 0.8rem; height: 0.8rem; margin-right: 0.4rem; }
.multiples { display: grid; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); gap: 1rem; }
figure { margin: 0; } figcaption { font-size: 0.75rem; color: #444; overflow-wrap: anywhere; }
.note { color: #444; font-size: 0.9rem; }
summary { cursor: pointer; margin: 1rem 0 0.5rem; }
)";

std::string cell(std::string_view tag, const std::string& content) {
  const bool is_text = content.starts_with(' ');
  return fmt::format("<{0}{1}>{2}</{0}>", tag, is_text ? " class=\"text\"" : "", escape_markup(content));
}

}  // namespace

std::string html_page(std::string_view title, const std::string& body) {
  return fmt::format(
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n",
             escape_markup(title), style) +
         body + "</body>\n</html>\n";
}

PageTable::PageTable(const std::vector<std::string>& titles)
    : html_("<div class=\"scroll\"><table>\n<thead><tr>") {
  for (const std::string& title : titles) html_ += cell("th", title);
  html_ += "</tr></thead>\n<tbody>\n";
}

void PageTable::add_row(const std::vector<std::string>& cells) {
  html_ += "<tr>";
  for (const std::string& content : cells) html_ += cell("td", content);
  html_ += "</tr>\n";
}

std::string legend(const std::vector<std::string>& names) {
  std::string result = "<ul class=\"legend\">\n";
  for (std::size_t i = 0; i < names.size(); ++i) {
    result += fmt::format("<li><span style=\"background:{}\"></span>{}</li>\n", series_colour(i),
                          escape_markup(names[i]));
  }
  return result + "</ul>\n";
}

}  // namespace privquant

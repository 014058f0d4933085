#include <fstream>
#include <memory>

#include "cli/command.h"
#include "cli/model_report.h"
#include "cli/model_source.h"
#include "cli/options.h"
#include "cli/real_model_report.h"
#include "nn/container.h"
#include "nn/model_file.h"
#include "nn/real_model.h"

namespace privquant {

namespace {

struct Options {
  std::string file;
  bool json = false;
};

/// Whether `source` is a file of this kind; errors are left to who loads it.
bool is_file_of(FileKind kind, const std::string& source) {
  std::vector<char> head(container_header_bytes);
  std::ifstream stream(source, std::ios::binary);
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  return stream && has_magic(kind, as_bytes(head));
}

std::string kind_name(const std::string& source) {
  return is_zoo(source) || is_file_of(FileKind::model, source) ? "model" : "contract";
}

int inspect(const Options& options) {
  if (!is_zoo(options.file) && is_file_of(FileKind::real_model, options.file)) {
    print_real_graph(load_real_model(options.file).graph, options.json);
    return 0;
  }
  const Graph graph = open_graph(options.file);
  print_model(graph, kind_name(options.file), options.json);
  return 0;
}

}  // namespace

Command add_inspect(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("inspect", "show a network: layers, shapes, widths, scales, sizes");
  command
      ->add_option("file", options->file,
                   std::string("a contract, an imported network, ") + model_source_help)
      ->required();
  add_json(*command, options->json);
  return {command, [options] { return inspect(*options); }};
}

}  // namespace privquant

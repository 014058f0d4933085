#include "nn/model_file.h"

#include "base/error.h"
#include "nn/container.h"
#include "nn/files.h"
#include "nn/schema.h"

namespace privquant {

std::string to_hex(const Hash& hash) { return fmt::format("{:02x}", fmt::join(hash, "")); }

std::string serialise_contract(const Graph& graph) {
  return wrap(FileKind::contract, encode_contract(graph));
}

Graph parse_contract(Bytes bytes) {
  if (bytes.size() > max_contract_bytes) {
    fail(ErrorCode::file, "the contract has {} bytes, more than {}; use a smaller network", bytes.size(),
         max_contract_bytes);
  }
  return decode_contract(unwrap(FileKind::contract, bytes));
}

std::string serialise_model(const Model& model) { return wrap(FileKind::model, encode_model(model)); }

Model parse_model(Bytes bytes) {
  if (bytes.size() > max_model_bytes) {
    fail(ErrorCode::file, "the model file has {} bytes, more than {}; use a smaller network", bytes.size(),
         max_model_bytes);
  }
  return decode_model(unwrap(FileKind::model, bytes));
}

Model load_model(const std::filesystem::path& path) {
  return read_named(path, max_model_bytes,
                    [](const std::vector<std::uint8_t>& bytes) { return parse_model(bytes); });
}

Graph load_graph(const std::filesystem::path& path) {
  return read_named(path, max_model_bytes, [](const std::vector<std::uint8_t>& bytes) {
    return kind_of(bytes) == FileKind::model ? parse_model(bytes).graph : parse_contract(bytes);
  });
}

void save_model(const Model& model, const std::filesystem::path& path) {
  validate(model);
  replace_file(path, serialise_model(model), Readers::owner);
}

void save_contract(const Graph& graph, const std::filesystem::path& path) {
  validate(graph);
  replace_file(path, serialise_contract(graph), Readers::everybody);
}

Hash contract_hash(const Graph& graph) {
  const std::string bytes = serialise_contract(graph);
  return sha256(as_bytes(bytes));
}

}  // namespace privquant

#include "service/contract_store.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <system_error>

#include "base/error.h"
#include "nn/model_file.h"

namespace privquant {

namespace {

std::filesystem::path cache_folder() {
  // NOLINTBEGIN(concurrency-mt-unsafe): nothing here changes the environment.
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/') return cache;
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
    return std::filesystem::path(home) / ".cache";
  }
  // NOLINTEND(concurrency-mt-unsafe)
  fail(ErrorCode::usage, "there is no home folder to keep the contract in; say where with --contract FILE");
}

}  // namespace

std::filesystem::path kept_contract_path(const Endpoint& server) {
  std::string host = server.host;
  std::replace(host.begin(), host.end(), ':', '-');  // of an IPv6 address
  return cache_folder() / "privquant" / fmt::format("{}_{}.pqc", host, server.port);
}

std::optional<KnownContract> load_kept_contract(const std::filesystem::path& path) {
  // A path that cannot be looked at is not one where nothing lies: that would make this a first contact, and
  // trust whatever the server sends.
  std::error_code problem;
  const bool is_there = std::filesystem::exists(path, problem);
  if (problem) {
    fail(ErrorCode::file,
         "cannot look for a kept contract at {}: {}; see to it, or name the contract with --contract FILE",
         path.string(), problem.message());
  }
  if (!is_there) return std::nullopt;
  return KnownContract{load_graph(path), path.string()};
}

void keep_contract(const Graph& graph, const std::filesystem::path& path) {
  std::error_code problem;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), problem);
  if (problem) {
    fail(ErrorCode::file,
         "cannot make the folder {}: {}; say where to keep the contract with --contract FILE",
         path.parent_path().string(), problem.message());
  }
  save_contract(graph, path);
}

}  // namespace privquant

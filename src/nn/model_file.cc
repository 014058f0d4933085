#include "nn/model_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <system_error>

#include "base/error.h"
#include "nn/container.h"
#include "nn/schema.h"

namespace privquant {

namespace {

std::string reason() { return std::generic_category().message(errno); }

std::vector<std::uint8_t> read_file(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    fail(ErrorCode::file, "{} does not exist or is no regular file; check the name", path.string());
  }
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) fail(ErrorCode::file, "cannot read {}: {}", path.string(), error.message());
  if (size > max_model_bytes) {
    fail(ErrorCode::file, "{} has {} bytes; model files have at most {}", path.string(), size,
         max_model_bytes);
  }
  std::ifstream stream(path, std::ios::binary);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!stream || stream.gcount() != static_cast<std::streamsize>(bytes.size())) {
    fail(ErrorCode::file, "cannot read {}; check its permissions", path.string());
  }
  return bytes;
}

/// Closes the descriptor and removes the file beside the target unless it has been renamed.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& target)
      : target_(target), name_(target.string() + ".XXXXXX") {
    descriptor_ = ::mkstemp(name_.data());  // readable by the owner only: a model is secret
    if (descriptor_ < 0) {
      fail(ErrorCode::file, "cannot write beside {}: {}; choose a folder you may write to", target.string(),
           reason());
    }
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!renamed_) ::unlink(name_.c_str());
  }

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) give_up();
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  void allow_everybody_to_read() {
    if (::fchmod(descriptor_, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH) != 0) give_up();
  }

  void rename() {
    // Synced before the rename, so that a crash leaves the old file or the new one.
    if (::fsync(descriptor_) != 0) give_up();
    if (::rename(name_.c_str(), target_.c_str()) != 0) give_up();
    renamed_ = true;
  }

 private:
  [[noreturn]] void give_up() const {
    fail(ErrorCode::file, "cannot write {}: {}", target_.string(), reason());
  }

  std::filesystem::path target_;
  std::string name_;
  int descriptor_ = -1;
  bool renamed_ = false;
};

/// Errors of `read` begin with the file's name.
template <typename Read>
auto read_named(const std::filesystem::path& path, Read&& read) {
  try {
    return read(read_file(path));
  } catch (const Error& error) {
    const std::string name = path.string();
    if (std::string_view(error.what()).find(name) != std::string_view::npos) throw;
    throw Error(error.code(), name + ": " + error.what());
  }
}

}  // namespace

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
  return read_named(path, [](const std::vector<std::uint8_t>& bytes) { return parse_model(bytes); });
}

Graph load_graph(const std::filesystem::path& path) {
  return read_named(path, [](const std::vector<std::uint8_t>& bytes) {
    return kind_of(bytes) == FileKind::model ? parse_model(bytes).graph : parse_contract(bytes);
  });
}

void save_model(const Model& model, const std::filesystem::path& path) {
  validate(model);
  TemporaryFile file(path);
  file.write(serialise_model(model));
  file.rename();
}

void save_contract(const Graph& graph, const std::filesystem::path& path) {
  validate(graph);
  TemporaryFile file(path);
  file.write(serialise_contract(graph));
  file.allow_everybody_to_read();
  file.rename();
}

Hash contract_hash(const Graph& graph) {
  const std::string bytes = serialise_contract(graph);
  return sha256(as_bytes(bytes));
}

}  // namespace privquant

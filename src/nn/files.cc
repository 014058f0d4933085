#include "nn/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <system_error>

namespace privquant {

namespace {

std::string reason() { return std::generic_category().message(errno); }

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
    fail(ErrorCode::file,
         "cannot write {}: {}; make room or choose another place (what stood there is unchanged)",
         target_.string(), reason());
  }

  std::filesystem::path target_;
  std::string name_;
  int descriptor_ = -1;
  bool renamed_ = false;
};

}  // namespace

std::vector<std::uint8_t> read_at_most(const std::filesystem::path& path, std::size_t most) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    fail(ErrorCode::file, "{} does not exist or is no regular file; check the name", path.string());
  }
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) fail(ErrorCode::file, "cannot read {}: {}", path.string(), error.message());
  if (size > most) {
    fail(ErrorCode::file, "{} has {} bytes; files of this kind have at most {}", path.string(), size, most);
  }
  std::ifstream stream(path, std::ios::binary);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!stream || stream.gcount() != static_cast<std::streamsize>(bytes.size())) {
    fail(ErrorCode::file, "cannot read {}; check its permissions", path.string());
  }
  return bytes;
}

void replace_file(const std::filesystem::path& path, std::string_view bytes, Readers readers) {
  TemporaryFile file(path);
  file.write(bytes);
  if (readers == Readers::everybody) file.allow_everybody_to_read();
  file.rename();
}

void expect_writable(const std::filesystem::path& file) {
  const std::filesystem::path whole = std::filesystem::absolute(file);
  const std::filesystem::path folder = whole.parent_path();
  std::error_code ignored;
  if (!whole.has_filename() || std::filesystem::is_directory(whole, ignored))
    fail(ErrorCode::file, "{} is a folder; name a file", file.string());
  if (!std::filesystem::is_directory(folder, ignored)) {
    fail(ErrorCode::file, "there is no folder {} for {}; make it first", folder.string(),
         file.filename().string());
  }
  if (access(folder.c_str(), W_OK) != 0)
    fail(ErrorCode::file, "nothing may be written to {}; name another folder", folder.string());
}

}  // namespace privquant

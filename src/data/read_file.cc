#include "data/read_file.h"

#include <zlib.h>

#include <algorithm>
#include <fstream>

#include "base/error.h"
#include "data/limits.h"

namespace privquant {
namespace {

struct Inflater {
  z_stream stream{};
  Inflater() {
    // 16 asks zlib for the gzip wrapper, with its checksum, rather than its own.
    PQ_CHECK(inflateInit2(&stream, MAX_WBITS + 16) == Z_OK);
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

bool is_gzip(Bytes bytes) { return bytes.size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b; }

}  // namespace

std::vector<std::uint8_t> unpack_gzip(Bytes packed, const std::string& name) {
  constexpr std::size_t step = std::size_t{1} << 20;
  if (packed.size() > max_file_bytes) {
    fail(ErrorCode::file, "{} is larger than {} MiB; split it", name, max_file_bytes >> 20);
  }
  Inflater inflater;
  z_stream& stream = inflater.stream;
  stream.next_in = const_cast<Bytef*>(packed.data());  // zlib's interface forgets that it only reads
  stream.avail_in = static_cast<uInt>(packed.size());

  std::vector<std::uint8_t> unpacked;
  std::size_t used = 0;
  int status = Z_OK;
  while (status == Z_OK) {
    if (used == max_file_bytes) {
      fail(ErrorCode::file, "{} unpacks to more than {} MiB; split it", name, max_file_bytes >> 20);
    }
    unpacked.resize(std::min(used + step, max_file_bytes));
    stream.next_out = unpacked.data() + used;
    stream.avail_out = static_cast<uInt>(unpacked.size() - used);
    status = inflate(&stream, Z_NO_FLUSH);
    used = unpacked.size() - stream.avail_out;
  }
  if (status != Z_STREAM_END) {
    fail(ErrorCode::file, "{} is a damaged or truncated gzip file; fetch it again", name);
  }
  unpacked.resize(used);
  return unpacked;
}

std::vector<std::uint8_t> read_file(const std::filesystem::path& path) {
  std::error_code problem;
  if (!std::filesystem::exists(path, problem)) {
    fail(ErrorCode::file, "there is no file {}; check the path", path.string());
  }
  if (!std::filesystem::is_regular_file(path, problem)) {
    fail(ErrorCode::file, "{} is not a regular file; name a file of pictures", path.string());
  }
  const std::uintmax_t size = std::filesystem::file_size(path, problem);
  std::ifstream stream(path, std::ios::binary);
  if (problem || !stream) {
    fail(ErrorCode::file, "{} cannot be read; check its permissions", path.string());
  }
  if (size > max_file_bytes) {
    fail(ErrorCode::file, "{} is larger than {} MiB; split it", path.string(), max_file_bytes >> 20);
  }
  std::vector<std::uint8_t> bytes(size);
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (static_cast<std::uintmax_t>(stream.gcount()) != size) {
    fail(ErrorCode::file, "{} ended while it was being read; try again", path.string());
  }
  return is_gzip(bytes) ? unpack_gzip(bytes, path.string()) : bytes;
}

}  // namespace privquant

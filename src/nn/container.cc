#include "nn/container.h"

#include <openssl/evp.h>

#include <algorithm>

#include "base/error.h"

namespace privquant {

namespace {

constexpr std::size_t magic_bytes = 8;
constexpr std::size_t name_bytes = 7;
constexpr std::string_view model_magic("PQMODEL\x01", magic_bytes);
constexpr std::string_view contract_magic("PQCNTRC\x01", magic_bytes);
constexpr std::string_view real_model_magic("PQGRAPH\x01", magic_bytes);
constexpr std::size_t length_bytes = 8;

std::string_view magic(FileKind kind) {
  switch (kind) {
    case FileKind::model:
      return model_magic;
    case FileKind::contract:
      return contract_magic;
    default:
      return real_model_magic;
  }
}

std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::uint64_t read_length(Bytes bytes) {
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length |= std::uint64_t{bytes[i]} << (8 * i);
  return length;
}

const char* description(FileKind kind) {
  switch (kind) {
    case FileKind::model:
      return "model file";
    case FileKind::contract:
      return "contract";
    default:
      return "network in real numbers";
  }
}

}  // namespace

Hash sha256(Bytes bytes) {
  Hash hash{};
  if (EVP_Digest(bytes.data(), bytes.size(), hash.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    fail(ErrorCode::internal, "OpenSSL cannot compute SHA-256; check its installation");
  }
  return hash;
}

std::string wrap(FileKind kind, std::string_view payload) {
  std::string file(magic(kind));
  for (std::size_t i = 0; i < length_bytes; ++i) {
    file.push_back(static_cast<char>(static_cast<std::uint8_t>(payload.size() >> (8 * i))));
  }
  const Hash hash = sha256(as_bytes(payload));
  file.append(hash.begin(), hash.end());
  return file.append(payload);
}

bool has_magic(FileKind kind, Bytes file) {
  return as_text(file.first(std::min(file.size(), magic_bytes))) == magic(kind);
}

FileKind kind_of(Bytes file) {
  const std::string_view text = as_text(file.first(std::min(file.size(), magic_bytes)));
  for (const FileKind kind : {FileKind::model, FileKind::contract, FileKind::real_model}) {
    if (text == magic(kind)) return kind;
    if (text.size() == magic_bytes && text.substr(0, name_bytes) == magic(kind).substr(0, name_bytes)) {
      fail(ErrorCode::file,
           "this {} was written by another version of PrivQuant; update PrivQuant, or make the {} again",
           description(kind), description(kind));
    }
  }
  fail(ErrorCode::file,
       "this is neither a model file (.pqm) nor a contract (.pqc) nor an imported network (.pqg); give one "
       "of those");
}

Bytes unwrap(FileKind kind, Bytes file) {
  const FileKind actual = kind_of(file);
  if (actual != kind) {
    fail(ErrorCode::file, "this is a {}, where a {} is needed; give the other file", description(actual),
         description(kind));
  }
  if (file.size() < container_header_bytes) {
    fail(ErrorCode::file, "the {} is truncated to {} bytes; copy it again", description(kind), file.size());
  }
  const std::uint64_t length = read_length(file.subspan(magic_bytes, length_bytes));
  const Bytes payload = file.subspan(container_header_bytes);
  if (payload.size() != length) {
    fail(ErrorCode::file, "the {} is {}: {} bytes where it announces {}; copy it again", description(kind),
         payload.size() < length ? "truncated" : "too long", payload.size(), length);
  }
  const Hash hash = sha256(payload);
  if (!std::equal(hash.begin(), hash.end(), file.begin() + magic_bytes + length_bytes)) {
    fail(ErrorCode::file, "the {} is damaged: its checksum does not match; copy it again", description(kind));
  }
  return payload;
}

}  // namespace privquant

// Whom the two ends of a TLS connection trust. TLS 1.3 and nothing older, no session tickets.
//
// Security: a pin trusts exactly one certificate, whoever signed it and whatever its dates and names say; a
// CA file trusts whom that CA vouches for, under the name that was connected to.
#pragma once

#include <openssl/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/certificate.h"

namespace privquant {

/// The server's side. Copies share the key; may be used by many threads.
class ServerTls {
 public:
  using Path = std::filesystem::path;

  /// PEM files: the certificate (then its chain) and its key; with `client_ca` only clients with a
  /// certificate from that CA are let in. @throws Error(file)
  static ServerTls from_files(const Path& certificate, const Path& key,
                              const std::optional<Path>& client_ca = std::nullopt);
  /// A new certificate in memory, for clients that pin its fingerprint. @throws Error(file)
  static ServerTls self_signed(const std::optional<Path>& client_ca = std::nullopt);

  /// Of the server's certificate: what a client pins.
  const std::string& fingerprint() const { return fingerprint_; }
  SSL_CTX* context() const { return context_.get(); }

 private:
  explicit ServerTls(std::shared_ptr<SSL_CTX> context, const std::optional<Path>& client_ca);

  std::shared_ptr<SSL_CTX> context_;
  std::string fingerprint_;
};

/// The client's side. Copies share the key.
class ClientTls {
 public:
  using Path = std::filesystem::path;

  /// Trusts servers with a certificate from this CA, made out to the host that is connected to.
  /// @throws Error(file)
  static ClientTls with_ca(const Path& ca);
  /// Trusts the server with this certificate. @throws Error(usage) if it is no fingerprint.
  static ClientTls pinned(std::string_view fingerprint);
  /// No TLS at all: anyone on the way can read and change everything. For loopback.
  static ClientTls insecure();

  /// Shows this certificate to servers that ask for one. @throws Error(file)
  void present(const Path& certificate, const Path& key);

  bool is_insecure() const { return context_ == nullptr; }
  const std::optional<Fingerprint>& pin() const { return pin_; }
  SSL_CTX* context() const { return context_.get(); }

 private:
  ClientTls() = default;

  std::shared_ptr<SSL_CTX> context_;
  std::optional<Fingerprint> pin_;
};

/// What one client connection expects of the server's certificate, and what it saw. Must outlive the
/// handshake.
struct ServerCheck {
  std::optional<Fingerprint> pin;
  std::optional<Fingerprint> seen;
};
/// A fresh session that verifies the server by `check.pin`, or else by CA and `host`.
SSL* new_client_session(const ClientTls& tls, const std::string& host, ServerCheck& check);
/// A fresh session of the server. The caller owns it, as above.
SSL* new_server_session(const ServerTls& tls);

}  // namespace privquant

#include "net/tls.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <asio/ip/address.hpp>

#include "base/error.h"

namespace privquant {

namespace {

using Path = std::filesystem::path;

/// AES-128 first: it is the security level of everything else here, and the fastest.
constexpr const char* cipher_suites =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

/// Refuses to ask for a passphrase on the terminal: a server has none.
int no_passphrase(char*, int, int, void*) { return 0; }

/// What OpenSSL says of its latest failure.
std::string openssl_reason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  std::string text = reason != nullptr ? reason : "unknown reason";
  ERR_clear_error();
  return text;
}

std::shared_ptr<SSL_CTX> new_context(const SSL_METHOD* method) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(method), SSL_CTX_free);
  PQ_CHECK(context != nullptr);
  PQ_CHECK(SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) == 1);
  PQ_CHECK(SSL_CTX_set_max_proto_version(context.get(), TLS1_3_VERSION) == 1);
  PQ_CHECK(SSL_CTX_set_ciphersuites(context.get(), cipher_suites) == 1);
  // Every connection proves who it is; nothing is kept that could resume one.
  PQ_CHECK(SSL_CTX_set_num_tickets(context.get(), 0) == 1);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_default_passwd_cb(context.get(), no_passphrase);
  return context;
}

void use_files(SSL_CTX* context, const Path& certificate, const Path& key) {
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
    fail(ErrorCode::file, "cannot read a certificate from {} ({}); it must be a PEM file",
         certificate.string(), openssl_reason());
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
    fail(ErrorCode::file,
         "cannot use the private key in {} ({}); it must be a PEM file without passphrase, and belong to {}",
         key.string(), openssl_reason(), certificate.string());
}

void trust_authority(SSL_CTX* context, const Path& ca) {
  if (SSL_CTX_load_verify_locations(context, ca.c_str(), nullptr) != 1)
    fail(ErrorCode::file, "cannot read CA certificates from {} ({}); it must be a PEM file", ca.string(),
         openssl_reason());
}

int check_slot() {
  static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return slot;
}

/// Takes the place of OpenSSL's verification where a pin is given. The handshake still proves that the server
/// holds the certificate's key.
int verify_pin(X509_STORE_CTX* store, void*) {
  const auto* session =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* check = static_cast<ServerCheck*>(SSL_get_ex_data(session, check_slot()));
  const X509* certificate = X509_STORE_CTX_get0_cert(store);
  if (check == nullptr || !check->pin || certificate == nullptr) return 0;
  try {
    check->seen = fingerprint_of(certificate);
  } catch (const Error&) {  // Nothing may be thrown through OpenSSL; an unknown certificate is a wrong one.
    return 0;
  }
  const bool same = CRYPTO_memcmp(check->seen->data(), check->pin->data(), check->pin->size()) == 0;
  X509_STORE_CTX_set_error(store, same ? X509_V_OK : X509_V_ERR_CERT_UNTRUSTED);
  return same ? 1 : 0;
}

}  // namespace

ServerTls::ServerTls(std::shared_ptr<SSL_CTX> context, const std::optional<Path>& client_ca)
    : context_(std::move(context)),
      fingerprint_(to_text(fingerprint_of(SSL_CTX_get0_certificate(context_.get())))) {
  if (!client_ca) return;
  trust_authority(context_.get(), *client_ca);
  SSL_CTX_set_client_CA_list(context_.get(), SSL_load_client_CA_file(client_ca->c_str()));
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

ServerTls ServerTls::from_files(const Path& certificate, const Path& key,
                                const std::optional<Path>& client_ca) {
  auto context = new_context(TLS_server_method());
  use_files(context.get(), certificate, key);
  return ServerTls(std::move(context), client_ca);
}

ServerTls ServerTls::self_signed(const std::optional<Path>& client_ca) {
  auto context = new_context(TLS_server_method());
  const SelfSigned made = make_self_signed();
  PQ_CHECK(SSL_CTX_use_certificate(context.get(), made.certificate.get()) == 1);
  PQ_CHECK(SSL_CTX_use_PrivateKey(context.get(), made.key.get()) == 1);
  return ServerTls(std::move(context), client_ca);
}

ClientTls ClientTls::with_ca(const Path& ca) {
  ClientTls tls;
  tls.context_ = new_context(TLS_client_method());
  trust_authority(tls.context(), ca);
  SSL_CTX_set_verify(tls.context(), SSL_VERIFY_PEER, nullptr);
  return tls;
}

ClientTls ClientTls::pinned(std::string_view fingerprint) {
  ClientTls tls;
  tls.pin_ = parse_fingerprint(fingerprint);
  tls.context_ = new_context(TLS_client_method());
  SSL_CTX_set_verify(tls.context(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(tls.context(), verify_pin, nullptr);
  return tls;
}

ClientTls ClientTls::insecure() { return {}; }

void ClientTls::present(const Path& certificate, const Path& key) {
  if (is_insecure())
    fail(ErrorCode::usage,
         "a client certificate needs TLS; leave out --insecure or leave out the certificate");
  use_files(context(), certificate, key);
}

SSL* new_client_session(const ClientTls& tls, const std::string& host, ServerCheck& check) {
  std::unique_ptr<SSL, decltype(&SSL_free)> session(SSL_new(tls.context()), SSL_free);
  PQ_CHECK(session != nullptr);
  check.pin = tls.pin();
  PQ_CHECK(SSL_set_ex_data(session.get(), check_slot(), &check) == 1);
  asio::error_code no_address;
  asio::ip::make_address(host, no_address);
  if (no_address) {
    PQ_CHECK(SSL_set_tlsext_host_name(session.get(), host.c_str()) == 1);
    PQ_CHECK(SSL_set1_host(session.get(), host.c_str()) == 1);
  } else {
    PQ_CHECK(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), host.c_str()) == 1);
  }
  return session.release();
}

SSL* new_server_session(const ServerTls& tls) {
  SSL* const session = SSL_new(tls.context());
  PQ_CHECK(session != nullptr);
  return session;
}

}  // namespace privquant

#include "net/certificate.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/error.h"

namespace privquant {

namespace {

constexpr long valid_seconds = 365L * 24 * 60 * 60;
/// A client whose clock is a little behind must not find a certificate from the future.
constexpr long clock_skew_seconds = 10L * 60;
constexpr int serial_bits = 127;

void set_random_serial(X509* certificate) {
  struct Free {
    void operator()(BIGNUM* number) const { BN_free(number); }
  };
  const std::unique_ptr<BIGNUM, Free> serial(BN_new());
  PQ_CHECK(serial && BN_rand(serial.get(), serial_bits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1);
  PQ_CHECK(BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) != nullptr);
}

void add_extension(X509* certificate, int id, const char* value) {
  struct Free {
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  };
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free> extension(X509V3_EXT_conf_nid(nullptr, &context, id, value));
  PQ_CHECK(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

int digit_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

void FreeCertificate::operator()(X509* certificate) const noexcept { X509_free(certificate); }

void FreeCertificate::operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }

Fingerprint fingerprint_of(const X509* certificate) {
  Fingerprint fingerprint{};
  unsigned length = 0;
  PQ_CHECK(X509_digest(certificate, EVP_sha256(), fingerprint.data(), &length) == 1 &&
           length == fingerprint.size());
  return fingerprint;
}

std::string to_text(const Fingerprint& fingerprint) {
  std::string text;
  for (const std::uint8_t byte : fingerprint) text += fmt::format("{:02x}", byte);
  return text;
}

Fingerprint parse_fingerprint(std::string_view text) {
  Fingerprint fingerprint{};
  std::size_t digits = 0;
  bool valid = true;
  for (const char letter : text) {
    if (letter == ':') continue;
    const int value = digit_value(letter);
    valid = valid && value >= 0 && digits < 2 * fingerprint.size();
    if (!valid) break;
    auto& byte = fingerprint.at(digits++ / 2);
    byte = static_cast<std::uint8_t>(byte << 4 | value);
  }
  if (!valid || digits != 2 * fingerprint.size())
    fail(ErrorCode::usage,
         "this is no fingerprint: it has 64 hexadecimal digits (SHA-256); copy the one that the server "
         "prints");
  return fingerprint;
}

SelfSigned make_self_signed() {
  SelfSigned made{Certificate(X509_new()), PrivateKey(EVP_EC_gen("P-256"))};
  X509* const certificate = made.certificate.get();
  PQ_CHECK(certificate != nullptr && made.key != nullptr);
  PQ_CHECK(X509_set_version(certificate, X509_VERSION_3) == 1);
  set_random_serial(certificate);
  PQ_CHECK(X509_gmtime_adj(X509_getm_notBefore(certificate), -clock_skew_seconds) != nullptr);
  PQ_CHECK(X509_gmtime_adj(X509_getm_notAfter(certificate), valid_seconds) != nullptr);
  X509_NAME* const name = X509_get_subject_name(certificate);
  const std::string_view common_name = "privquant";
  PQ_CHECK(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(common_name.data()),
                                      static_cast<int>(common_name.size()), -1, 0) == 1);
  PQ_CHECK(X509_set_issuer_name(certificate, name) == 1);
  PQ_CHECK(X509_set_pubkey(certificate, made.key.get()) == 1);
  add_extension(certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
  add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate, NID_ext_key_usage, "serverAuth");
  PQ_CHECK(X509_sign(certificate, made.key.get(), EVP_sha256()) > 0);
  return made;
}

}  // namespace privquant

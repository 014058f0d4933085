// X.509 certificates: one made on the spot, and what identifies one.
#pragma once

#include <openssl/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace privquant {

struct FreeCertificate {
  void operator()(X509* certificate) const noexcept;
  void operator()(EVP_PKEY* key) const noexcept;
};
using Certificate = std::unique_ptr<X509, FreeCertificate>;
using PrivateKey = std::unique_ptr<EVP_PKEY, FreeCertificate>;

/// SHA-256 of the certificate in DER.
using Fingerprint = std::array<std::uint8_t, 32>;

Fingerprint fingerprint_of(const X509* certificate);
/// 64 lower-case hexadecimal digits.
std::string to_text(const Fingerprint& fingerprint);
/// Takes upper case and colons too, as other tools print them. @throws Error(usage)
Fingerprint parse_fingerprint(std::string_view text);

struct SelfSigned {
  Certificate certificate;
  PrivateKey key;
};
/// ECDSA on P-256, named "privquant", for localhost, 127.0.0.1 and ::1, valid for a year from now, random
/// serial number. The key lives in memory only.
SelfSigned make_self_signed();

}  // namespace privquant

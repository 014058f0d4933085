// A certificate authority for tests: issues certificates and writes PEM files to a folder of its own.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "net/certificate.h"

namespace privquant {

class TestAuthority {
 public:
  struct Files {
    std::filesystem::path certificate;
    std::filesystem::path key;
  };

  TestAuthority() {
    std::string name = (std::filesystem::temp_directory_path() / "privquant-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
    key_ = PrivateKey(EVP_EC_gen("P-256"));
    certificate_ = make("Test CA", key_.get(), "critical,CA:TRUE", "");
    write_certificate(ca_file(), certificate_.get());
  }
  ~TestAuthority() { std::filesystem::remove_all(folder_); }
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  std::filesystem::path folder() const { return folder_; }
  std::filesystem::path ca_file() const { return folder_ / "ca.pem"; }

  /// `names` as OpenSSL writes them: "DNS:localhost,IP:127.0.0.1".
  Files issue(const std::string& name, const std::string& names) const {
    const PrivateKey key(EVP_EC_gen("P-256"));
    const Files files{folder_ / (name + ".pem"), folder_ / (name + ".key")};
    write_certificate(files.certificate, make(name, key.get(), "critical,CA:FALSE", names).get());
    std::FILE* file = std::fopen(files.key.c_str(), "w");
    if (file == nullptr || PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
      throw std::runtime_error("cannot write the key");
    std::fclose(file);
    return files;
  }

 private:
  Certificate make(const std::string& name, EVP_PKEY* key, const char* constraints,
                   const std::string& names) const {
    static long serial = 1;
    Certificate made(X509_new());
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial++);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509* const issuer = certificate_ ? certificate_.get() : made.get();
    X509_set_issuer_name(made.get(), X509_get_subject_name(issuer));
    X509_set_pubkey(made.get(), key);
    add(made.get(), NID_basic_constraints, constraints);
    if (!names.empty()) add(made.get(), NID_subject_alt_name, names.c_str());
    if (X509_sign(made.get(), key_.get(), EVP_sha256()) <= 0) throw std::runtime_error("cannot sign");
    return made;
  }

  static void add(X509* certificate, int id, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, id, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  static void write_certificate(const std::filesystem::path& path, X509* certificate) {
    std::FILE* file = std::fopen(path.c_str(), "w");
    if (file == nullptr || PEM_write_X509(file, certificate) != 1) throw std::runtime_error("cannot write");
    std::fclose(file);
  }

  std::filesystem::path folder_;
  PrivateKey key_;
  Certificate certificate_;
};

}  // namespace privquant

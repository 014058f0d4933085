// AES-128 by OpenSSL: what the kernels are held to.
#pragma once

#include <openssl/evp.h>

#include <memory>

#include "crypto/block.h"

namespace privquant {

inline Block reference_aes(Block key, Block plain) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                &EVP_CIPHER_CTX_free);
  Block out;
  int length = 0;
  EVP_EncryptInit_ex(context.get(), EVP_aes_128_ecb(), nullptr, reinterpret_cast<const unsigned char*>(&key),
                     nullptr);
  EVP_EncryptUpdate(context.get(), reinterpret_cast<unsigned char*>(&out), &length,
                    reinterpret_cast<const unsigned char*>(&plain), sizeof plain);
  return out;
}

}  // namespace privquant

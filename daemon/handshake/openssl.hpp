// Owners of OpenSSL's objects, and its errors as words. Handshaker; OpenSSL keeps a queue of errors
// a thread.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

namespace tined::handshake {

template <auto kFree>
struct FreedBy {
  template <typename T>
  void operator()(T* object) const noexcept {
    kFree(object);
  }
};

using BioPointer = std::unique_ptr<BIO, FreedBy<BIO_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;
using X509Pointer = std::unique_ptr<X509, FreedBy<X509_free>>;
using CrlPointer = std::unique_ptr<X509_CRL, FreedBy<X509_CRL_free>>;
using StorePointer = std::unique_ptr<X509_STORE, FreedBy<X509_STORE_free>>;
using ContextPointer = std::unique_ptr<SSL_CTX, FreedBy<SSL_CTX_free>>;
using SslPointer = std::unique_ptr<SSL, FreedBy<SSL_free>>;

/// A BIO that reads `bytes`, which live as long as it.
[[nodiscard]] BioPointer Reading(std::string_view bytes);
/// A BIO that keeps in memory what is written to it.
[[nodiscard]] BioPointer Writing();
/// What `bio`, one of memory, holds, until it changes.
[[nodiscard]] std::string_view Held(BIO* bio) noexcept;

/// The reason of the newest error in this thread's queue ("no shared cipher"), which is empty
/// afterwards; empty without any.
[[nodiscard]] std::string TakeReason();
/// Empties the queue, so that nobody takes an old error for his own.
void ForgetErrors() noexcept;

/// `object`, or std::bad_alloc when OpenSSL had no memory for it.
template <typename T>
T* Made(T* object) {
  if (object == nullptr) throw std::bad_alloc();
  return object;
}

}  // namespace tined::handshake

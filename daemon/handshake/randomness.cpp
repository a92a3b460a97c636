// A provider for random numbers would take the place of what is deprecated here, and is ten times
// as long.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "handshake/randomness.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <new>

namespace tined::handshake {
namespace {

thread_local Randomness* in_use = nullptr;

}  // namespace

Seed MakeSeed() {
  Seed seed;
  if (RAND_priv_bytes(seed.data(), static_cast<int>(seed.size())) != 1) throw std::bad_alloc();
  return seed;
}

Randomness::Randomness(const Seed& seed) : seed_(seed), digest_(Made(EVP_MD_CTX_new())) {
  static const RAND_METHOD method = {nullptr, OnBytes, nullptr, nullptr, OnBytes, OnStatus};
  static const bool is_set = RAND_set_rand_method(&method) == 1;
  if (!is_set) throw std::bad_alloc();
}

Randomness::~Randomness() { OPENSSL_cleanse(seed_.data(), seed_.size()); }

Randomness::Use::Use(Randomness* source) noexcept { in_use = source; }
Randomness::Use::~Use() { in_use = nullptr; }

int Randomness::OnBytes(unsigned char* bytes, int size) {
  if (in_use == nullptr) return RAND_OpenSSL()->bytes(bytes, size);
  return in_use->Fill({bytes, static_cast<std::size_t>(std::max(size, 0))}) ? 1 : 0;
}

int Randomness::OnStatus() { return in_use != nullptr ? 1 : RAND_OpenSSL()->status(); }

bool Randomness::Fill(std::span<std::uint8_t> bytes) {
  static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  struct {
    std::uint64_t size;
    std::uint64_t turn;
    std::uint64_t block;
  } which{bytes.size(), asked_[bytes.size()]++, 0};
  std::array<std::uint8_t, 32> block{};
  for (; !bytes.empty(); ++which.block) {
    if (EVP_DigestInit_ex2(digest_.get(), sha256, nullptr) != 1 ||
        EVP_DigestUpdate(digest_.get(), seed_.data(), seed_.size()) != 1 ||
        EVP_DigestUpdate(digest_.get(), &which, sizeof(which)) != 1 ||
        EVP_DigestFinal_ex(digest_.get(), block.data(), nullptr) != 1) {
      return false;
    }
    const std::size_t size = std::min(block.size(), bytes.size());
    std::copy_n(block.begin(), size, bytes.begin());
    bytes = bytes.subspan(size);
  }
  OPENSSL_cleanse(block.data(), block.size());
  return true;
}

}  // namespace tined::handshake

#include "base/digest.hpp"

#include <sys/random.h>

#include <bit>
#include <cerrno>

#include "base/error.hpp"

namespace tined {
namespace {

class SipHash {
 public:
  explicit SipHash(const DigestKey& key) noexcept
      : v0_(key.first ^ 0x736f6d6570736575),
        v1_(key.second ^ 0x646f72616e646f6d),
        v2_(key.first ^ 0x6c7967656e657261),
        v3_(key.second ^ 0x7465646279746573) {}

  void Take(std::uint64_t word) noexcept {
    v3_ ^= word;
    Mix();
    Mix();
    v0_ ^= word;
  }
  std::uint64_t End() noexcept {
    v2_ ^= 0xff;
    for (int i = 0; i < 4; ++i) Mix();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  void Mix() noexcept {
    v0_ += v1_;
    v2_ += v3_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v1_;
    v0_ += v3_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ = std::rotl(v2_, 32);
  }

  std::uint64_t v0_;
  std::uint64_t v1_;
  std::uint64_t v2_;
  std::uint64_t v3_;
};

/// Little-endian, whatever the machine.
std::uint64_t WordOf(std::string_view bytes) noexcept {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return word;
}

}  // namespace

DigestKey DigestKey::Random() {
  DigestKey key;
  ssize_t got = 0;
  do {
    got = ::getrandom(&key, sizeof key, 0);
  } while (got < 0 && errno == EINTR);
  Check(got == static_cast<ssize_t>(sizeof key) ? 0 : -1, "getrandom");
  return key;
}

std::uint64_t Digest(std::string_view bytes, const DigestKey& key) noexcept {
  SipHash hash(key);
  const std::uint64_t size = bytes.size();
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) hash.Take(WordOf(bytes.substr(0, 8)));
  hash.Take(WordOf(bytes) | size << 56);
  return hash.End();
}

}  // namespace tined

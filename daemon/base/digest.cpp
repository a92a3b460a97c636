#include "base/digest.hpp"

#include <bit>

namespace tined {
namespace {

/// SipHash-2-4 (Aumasson and Bernstein, 2012) with a key of its own that everybody may know.
class SipHash {
 public:
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

  static constexpr std::uint64_t kKey0 = 0x0706050403020100;
  static constexpr std::uint64_t kKey1 = 0x0f0e0d0c0b0a0908;
  std::uint64_t v0_ = kKey0 ^ 0x736f6d6570736575;
  std::uint64_t v1_ = kKey1 ^ 0x646f72616e646f6d;
  std::uint64_t v2_ = kKey0 ^ 0x6c7967656e657261;
  std::uint64_t v3_ = kKey1 ^ 0x7465646279746573;
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

std::uint64_t Digest(std::string_view bytes) noexcept {
  SipHash hash;
  const std::uint64_t size = bytes.size();
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) hash.Take(WordOf(bytes.substr(0, 8)));
  hash.Take(WordOf(bytes) | size << 56);
  return hash.End();
}

}  // namespace tined

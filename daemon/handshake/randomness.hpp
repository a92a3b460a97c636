// Random numbers for OpenSSL that can be had a second time: a handshake is determined by what the
// client says, by the clock and by the random numbers it uses. Whoever knows the seed can go on
// with a handshake whose process has died, and could read what it protects: a seed is for one
// handshake, and is wiped with it. Handshaker; each object for one thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>

#include "handshake/openssl.hpp"

namespace tined::handshake {

using Seed = std::array<std::uint8_t, 32>;
/// One that nobody can guess. Throws std::bad_alloc when OpenSSL has none to give.
[[nodiscard]] Seed MakeSeed();

class Randomness {
 public:
  explicit Randomness(const Seed& seed);
  Randomness(const Randomness&) = delete;
  Randomness& operator=(const Randomness&) = delete;
  ~Randomness();

  /// While it lives, what OpenSSL takes for random in this thread comes from `source`; from where
  /// it always does, if that is null. There is one at a time.
  class Use {
   public:
    explicit Use(Randomness* source) noexcept;
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use();
  };

 private:
  using DigestPointer = std::unique_ptr<EVP_MD_CTX, FreedBy<EVP_MD_CTX_free>>;

  static int OnBytes(unsigned char* bytes, int size);
  static int OnStatus();
  [[nodiscard]] bool Fill(std::span<std::uint8_t> bytes);

  Seed seed_;
  DigestPointer digest_;
  /// How often as many bytes were asked for. RSA's blinding takes numbers as long as the modulus,
  /// and how many depends on all that the key has signed before: each length is a row of its own,
  /// so that they disturb no other.
  std::map<std::size_t, std::uint64_t> asked_;
};

}  // namespace tined::handshake

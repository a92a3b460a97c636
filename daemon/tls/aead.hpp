// Sealing and opening with a cipher, whatever library computes it: a seam, so that the record layer
// knows one interface and tests can listen. An implementation keeps the schedule of the key that it
// sealed with last, and of the one that it opened with last: going on with the same key is cheaper,
// changing it costs 0.1 us. Those are in its memory until it ends, which wipes them. Worker's loop
// thread, one object a worker; not synchronised.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "tls/cipher.hpp"

namespace tined::tls {

using ByteView = std::span<const std::uint8_t>;

class Aead {
 public:
  Aead() = default;
  Aead(const Aead&) = delete;
  Aead& operator=(const Aead&) = delete;
  virtual ~Aead() = default;

  /// What is sealed: two pieces that need not lie together. `begin` may lie at `out` already.
  struct Plain {
    ByteView begin;
    ByteView end;
  };
  /// Seals `plain` to `out`: as many bytes, then the tag. No (key, nonce) is ever used twice for
  /// what leaves the process: the caller's matter.
  virtual void Seal(const Key& key, const Nonce& nonce, ByteView aad, const Plain& plain,
                    std::uint8_t* out) noexcept = 0;

  /// Opens `sealed`, the last 16 bytes of which are the tag, to `out`, which lies elsewhere and has
  /// room for the rest. False: it is not what has been sealed; what is at `out` then means nothing.
  [[nodiscard]] virtual bool Open(const Key& key, const Nonce& nonce, ByteView aad, ByteView sealed,
                                  std::uint8_t* out) noexcept = 0;

  /// For people: the library and its version.
  [[nodiscard]] virtual std::string library() const = 0;
};

/// By which library records are sealed and opened.
enum class Library : std::uint8_t { automatic, ipsec_mb, openssl };

/// Null: this build, or this machine, has not got it. `automatic` is the faster one that is there.
[[nodiscard]] std::unique_ptr<Aead> MakeAead(Library library);

}  // namespace tined::tls

#include "tls/key_schedule.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <string.h>

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <stdexcept>
#include <string>

namespace tined::tls {
namespace {

struct FreeMac {
  void operator()(EVP_MAC* mac) const noexcept { ::EVP_MAC_free(mac); }
};

/// What cannot fail once a context is set up: there is no way to go on without it.
void Require(int outcome) noexcept {
  if (outcome != 1) std::abort();
}

ByteView BytesOf(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// HMAC of pieces. `key` empty: the key of the last one.
void Compute(EVP_MAC_CTX* context, ByteView key, std::initializer_list<ByteView> pieces,
             std::span<std::uint8_t> out) noexcept {
  Require(::EVP_MAC_init(context, key.empty() ? nullptr : key.data(), key.size(), nullptr));
  for (const ByteView piece : pieces) {
    Require(::EVP_MAC_update(context, piece.data(), piece.size()));
  }
  std::size_t size = 0;
  Require(::EVP_MAC_final(context, out.data(), &size, out.size()));
}

KeySchedule::Hash HashOf(Suite suite) noexcept {
  return CipherOf(suite) == Cipher::aes_256_gcm ? KeySchedule::Hash::sha384
                                                : KeySchedule::Hash::sha256;
}

constexpr std::size_t SizeOf(KeySchedule::Hash hash) noexcept {
  return hash == KeySchedule::Hash::sha256 ? 32 : 48;
}

/// Bytes of a nonce that the key block of TLS 1.2 has.
constexpr std::size_t FixedNonceSize(Cipher cipher) noexcept { return IsGcm(cipher) ? 4 : 12; }

}  // namespace

KeySchedule::KeySchedule() {
  const std::unique_ptr<EVP_MAC, FreeMac> hmac(::EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  for (const Hash hash : {Hash::sha256, Hash::sha384}) {
    std::string name = hash == Hash::sha256 ? "SHA256" : "SHA384";
    const std::array<OSSL_PARAM, 2> parameters = {
        ::OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), name.size()),
        ::OSSL_PARAM_construct_end()};
    auto& context = hmacs_[static_cast<std::size_t>(hash)];
    context.reset(hmac == nullptr ? nullptr : ::EVP_MAC_CTX_new(hmac.get()));
    if (context == nullptr || ::EVP_MAC_CTX_set_params(context.get(), parameters.data()) != 1) {
      throw std::runtime_error("OpenSSL has no HMAC of " + name);
    }
  }
}

void KeySchedule::ExpandLabel(Hash hash, ByteView secret, std::string_view label,
                              std::span<std::uint8_t> out) noexcept {
  // struct HkdfLabel, but for the label in its middle.
  const std::array<std::uint8_t, 3> begin = {0, static_cast<std::uint8_t>(out.size()),
                                             static_cast<std::uint8_t>(6 + label.size())};
  constexpr std::array<std::uint8_t, 2> kEnd = {0, 1};  // no context; the first block of HKDF
  Digest digest;
  Compute(ContextOf(hash), secret, {begin, BytesOf("tls13 "), BytesOf(label), kEnd}, digest);
  std::copy_n(digest.begin(), out.size(), out.begin());
  ::explicit_bzero(&digest, sizeof digest);
}

void KeySchedule::Expand(Hash hash, ByteView secret, std::string_view label, ByteView seed,
                         std::span<std::uint8_t> out) noexcept {
  EVP_MAC_CTX* const context = ContextOf(hash);
  const ByteView name = BytesOf(label);
  Digest a;  // A(i) of RFC 5246
  Digest block;
  const ByteView chain = ByteView(a).first(SizeOf(hash));
  Compute(context, secret, {name, seed}, a);
  while (!out.empty()) {
    Compute(context, {}, {chain, name, seed}, block);
    const std::size_t size = std::min(out.size(), SizeOf(hash));
    std::copy_n(block.begin(), size, out.begin());
    out = out.subspan(size);
    Compute(context, {}, {chain}, a);
  }
  ::explicit_bzero(&a, sizeof a);
  ::explicit_bzero(&block, sizeof block);
}

Keys KeySchedule::KeysOf(Version version, Suite suite, const Secret& secret) noexcept {
  Keys keys;
  keys.key.cipher = CipherOf(suite);
  const std::span<std::uint8_t> key(keys.key.bytes.data(), KeySize(keys.key.cipher));
  if (version == Version::tls12) {
    std::copy_n(secret.bytes.begin(), key.size(), key.begin());
    std::copy_n(secret.bytes.begin() + Secret::kIv, keys.iv.size(), keys.iv.begin());
    return keys;
  }
  const Hash hash = HashOf(suite);
  const ByteView traffic_secret = ByteView(secret.bytes).first(SizeOf(hash));
  ExpandLabel(hash, traffic_secret, "key", key);
  ExpandLabel(hash, {}, "iv", keys.iv);
  return keys;
}

Secret KeySchedule::NextOf(Suite suite, const Secret& secret) noexcept {
  const Hash hash = HashOf(suite);
  const std::size_t size = SizeOf(hash);
  Secret next;
  ExpandLabel(hash, ByteView(secret.bytes).first(size), "traffic upd",
              std::span(next.bytes).first(size));
  return next;
}

KeySchedule::KeyBlock KeySchedule::ExpandKeyBlock(Suite suite, ByteView master_secret,
                                                  ByteView client_random,
                                                  ByteView server_random) noexcept {
  const Cipher cipher = CipherOf(suite);
  const std::size_t key_size = KeySize(cipher);
  const std::size_t nonce_size = FixedNonceSize(cipher);
  std::array<std::uint8_t, 64> seed;
  const std::size_t server_size = std::min<std::size_t>(server_random.size(), 32);
  std::copy_n(server_random.begin(), server_size, seed.begin());
  const std::size_t client_size = std::min<std::size_t>(client_random.size(), 32);
  std::copy_n(client_random.begin(), client_size, seed.begin() + server_size);

  std::array<std::uint8_t, std::size_t{2} * (32 + 12)> expanded;
  Expand(HashOf(suite), master_secret, "key expansion",
         ByteView(seed).first(server_size + client_size),
         std::span(expanded).first(2 * (key_size + nonce_size)));
  KeyBlock block;
  const std::uint8_t* from = expanded.data();
  const auto take = [&from](std::size_t size, std::uint8_t* to) {
    std::copy_n(from, size, to);
    from += size;
  };
  take(key_size, block.client.bytes.data());
  take(key_size, block.server.bytes.data());
  take(nonce_size, block.client.bytes.data() + Secret::kIv);
  take(nonce_size, block.server.bytes.data() + Secret::kIv);
  ::explicit_bzero(&expanded, sizeof expanded);
  return block;
}

}  // namespace tined::tls

#include "tls/ipsec_mb_aead.hpp"

#ifdef TINED_IPSEC_MB

#include <intel-ipsec-mb.h>
#include <openssl/crypto.h>
#include <string.h>

#include <optional>

namespace tined::tls {
namespace {

/// The library's functions for AES-GCM with keys of one size.
struct Gcm {
  aes_gcm_pre_t prepare;
  aes_gcm_enc_dec_t seal;
  aes_gcm_enc_dec_t open;
  aes_gcm_init_t begin;
  aes_gcm_enc_dec_update_t update;
  aes_gcm_enc_dec_finalize_t end;
};

/// Those for ChaCha20-Poly1305.
struct ChaCha {
  chacha_poly_init_t begin;
  chacha_poly_enc_dec_update_t seal;
  chacha_poly_enc_dec_update_t open;
  chacha_poly_finalize_t end;
};

struct Functions {
  Gcm gcm_128;
  Gcm gcm_256;
  ChaCha chacha;

  [[nodiscard]] const Gcm& GcmOf(Cipher cipher) const noexcept {
    return cipher == Cipher::aes_128_gcm ? gcm_128 : gcm_256;
  }
};

/// The functions that fit the processor. They need the library's manager, 200 KB of it, no more
/// once it has chosen.
std::optional<Functions> FindFunctions() {
  struct Free {
    void operator()(IMB_MGR* manager) const noexcept { ::free_mb_mgr(manager); }
  };
  const std::unique_ptr<IMB_MGR, Free> manager(::alloc_mb_mgr(0));
  if (manager == nullptr) return {};
  ::init_mb_mgr_auto(manager.get(), nullptr);
  constexpr std::uint64_t kNeeded = IMB_CPUFLAGS_SSE | IMB_FEATURE_SELF_TEST_PASS;
  if (::imb_get_errno(manager.get()) != 0 || (manager->features & kNeeded) != kNeeded) return {};
  const IMB_MGR& from = *manager;
  return Functions{{from.gcm128_pre, from.gcm128_enc, from.gcm128_dec, from.gcm128_init,
                    from.gcm128_enc_update, from.gcm128_enc_finalize},
                   {from.gcm256_pre, from.gcm256_enc, from.gcm256_dec, from.gcm256_init,
                    from.gcm256_enc_update, from.gcm256_enc_finalize},
                   {from.chacha20_poly1305_init, from.chacha20_poly1305_enc_update,
                    from.chacha20_poly1305_dec_update, from.chacha20_poly1305_finalize}};
}

class IpsecMbAead final : public Aead {
 public:
  explicit IpsecMbAead(const Functions& functions) noexcept : functions_(functions) {}
  ~IpsecMbAead() override {
    ::explicit_bzero(&sealing_, sizeof sealing_);
    ::explicit_bzero(&opening_, sizeof opening_);
    ::explicit_bzero(&gcm_, sizeof gcm_);
    ::explicit_bzero(&chacha_, sizeof chacha_);
  }

  void Seal(const Key& key, const Nonce& nonce, ByteView aad, const Plain& plain,
            std::uint8_t* out) noexcept override {
    std::uint8_t* const tag = out + plain.begin.size() + plain.end.size();
    if (!IsGcm(key.cipher)) {
      ComputeChaCha(functions_.chacha.seal, key, nonce, aad, plain, out, tag);
      return;
    }
    const Gcm& gcm = functions_.GcmOf(key.cipher);
    const gcm_key_data& schedule = Schedule(sealing_, key);
    if (plain.end.empty()) {
      gcm.seal(&schedule, &gcm_, out, plain.begin.data(), plain.begin.size(), nonce.data(),
               aad.data(), aad.size(), tag, kTagSize);
      return;
    }
    gcm.begin(&schedule, &gcm_, nonce.data(), aad.data(), aad.size());
    for (const ByteView piece : {plain.begin, plain.end}) {
      if (piece.empty()) continue;
      gcm.update(&schedule, &gcm_, out, piece.data(), piece.size());
      out += piece.size();
    }
    gcm.end(&schedule, &gcm_, tag, kTagSize);
  }

  [[nodiscard]] bool Open(const Key& key, const Nonce& nonce, ByteView aad, ByteView sealed,
                          std::uint8_t* out) noexcept override {
    if (sealed.size() < kTagSize) return false;
    const ByteView bytes = sealed.first(sealed.size() - kTagSize);
    std::array<std::uint8_t, kTagSize> tag;
    if (IsGcm(key.cipher)) {
      functions_.GcmOf(key.cipher)
          .open(&Schedule(opening_, key), &gcm_, out, bytes.data(), bytes.size(), nonce.data(),
                aad.data(), aad.size(), tag.data(), tag.size());
    } else {
      ComputeChaCha(functions_.chacha.open, key, nonce, aad, {bytes, {}}, out, tag.data());
    }
    return ::CRYPTO_memcmp(tag.data(), sealed.data() + bytes.size(), tag.size()) == 0;
  }

  [[nodiscard]] std::string library() const override {
    return std::string("ipsec-mb ") + ::imb_get_version_str();
  }

 private:
  /// What AES-GCM makes of a key before the first record.
  struct Keyed {
    // Its own header aligns it under a name (LINUX) that nobody defines, but the code relies on it.
    alignas(64) gcm_key_data schedule;
    Key key;
    bool has_key = false;
  };

  [[nodiscard]] const gcm_key_data& Schedule(Keyed& keyed, const Key& key) const noexcept {
    if (!keyed.has_key || !IsSame(keyed.key, key)) {
      functions_.GcmOf(key.cipher).prepare(key.bytes.data(), &keyed.schedule);
      keyed.key = key;
      keyed.has_key = true;
    }
    return keyed.schedule;
  }

  void ComputeChaCha(chacha_poly_enc_dec_update_t update, const Key& key, const Nonce& nonce,
                     ByteView aad, const Plain& plain, std::uint8_t* out,
                     std::uint8_t* tag) noexcept {
    const std::uint8_t* const bytes = key.bytes.data();
    functions_.chacha.begin(bytes, &chacha_, nonce.data(), aad.data(), aad.size());
    for (const ByteView piece : {plain.begin, plain.end}) {
      if (piece.empty()) continue;
      update(bytes, &chacha_, out, piece.data(), piece.size());
      out += piece.size();
    }
    functions_.chacha.end(&chacha_, tag, kTagSize);
  }

  Functions functions_;
  Keyed sealing_;
  Keyed opening_;
  gcm_context_data gcm_;
  chacha20_poly1305_context_data chacha_;
};

}  // namespace

std::unique_ptr<Aead> MakeIpsecMbAead() {
  static const std::optional<Functions> kFunctions = FindFunctions();
  if (!kFunctions.has_value()) return nullptr;
  return std::make_unique<IpsecMbAead>(*kFunctions);
}

}  // namespace tined::tls

#else

namespace tined::tls {

std::unique_ptr<Aead> MakeIpsecMbAead() { return nullptr; }

}  // namespace tined::tls

#endif

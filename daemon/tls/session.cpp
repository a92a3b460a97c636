#include "tls/session.hpp"

#include <string.h>

#include <atomic>
#include <bit>
#include <cstring>

#include "tls/cipher.hpp"

namespace tined::tls {
namespace {

struct Named {
  Suite suite;
  Version version;
  std::string_view name;
};
constexpr std::array<Named, 9> kSuites = {{
    {Suite::aes_128_gcm_sha256, Version::tls13, "TLS_AES_128_GCM_SHA256"},
    {Suite::aes_256_gcm_sha384, Version::tls13, "TLS_AES_256_GCM_SHA384"},
    {Suite::chacha20_poly1305_sha256, Version::tls13, "TLS_CHACHA20_POLY1305_SHA256"},
    {Suite::ecdhe_ecdsa_aes_128_gcm_sha256, Version::tls12, "ECDHE-ECDSA-AES128-GCM-SHA256"},
    {Suite::ecdhe_ecdsa_aes_256_gcm_sha384, Version::tls12, "ECDHE-ECDSA-AES256-GCM-SHA384"},
    {Suite::ecdhe_rsa_aes_128_gcm_sha256, Version::tls12, "ECDHE-RSA-AES128-GCM-SHA256"},
    {Suite::ecdhe_rsa_aes_256_gcm_sha384, Version::tls12, "ECDHE-RSA-AES256-GCM-SHA384"},
    {Suite::ecdhe_rsa_chacha20_poly1305_sha256, Version::tls12, "ECDHE-RSA-CHACHA20-POLY1305"},
    {Suite::ecdhe_ecdsa_chacha20_poly1305_sha256, Version::tls12, "ECDHE-ECDSA-CHACHA20-POLY1305"},
}};

const Named* Find(Suite suite) noexcept {
  for (const Named& named : kSuites) {
    if (named.suite == suite) return &named;
  }
  return nullptr;
}

/// Takes in 64-bit words, in two lanes, for the sum is taken twice a record. A change of any one
/// word always changes a lane: each step is a bijection of it. Only the last step, to 32 bits, may
/// hide it, once in four billion.
class Sum {
 public:
  template <typename T>
  void Add(const T& object) noexcept {
    static_assert(std::has_unique_object_representations_v<T> && sizeof(T) % 8 == 0);
    std::array<std::uint64_t, sizeof(T) / 8> words;
    std::memcpy(words.data(), &object, sizeof object);
    for (std::size_t i = 0; i < words.size(); ++i) lanes_[i % 2] = Mix(lanes_[i % 2], words[i]);
  }
  [[nodiscard]] std::uint32_t value() const noexcept {
    return static_cast<std::uint32_t>(Mix(lanes_[0], lanes_[1]) >> 32);
  }

 private:
  static std::uint64_t Mix(std::uint64_t sum, std::uint64_t word) noexcept {
    return std::rotl((sum ^ word) * 0x9e3779b97f4a7c15U, 29);
  }

  std::array<std::uint64_t, 2> lanes_{0x74696e65642d746c, 0x732d636865636b73};
};

/// What all versions of a session refer to.
struct Common {
  Version version;
  Suite suite;
  std::uint16_t largest_fragment;
  std::uint16_t reserved;
};

/// The check word of `version`, one of a direction that has these secrets.
template <typename Direction>
std::uint32_t CheckOf(const Session& session, const std::array<Secret, 2>& secrets,
                      Direction version) noexcept {
  version.check = 0;
  Sum sum;
  sum.Add(Common{session.version, session.suite, session.largest_fragment, session.reserved});
  sum.Add(version);
  sum.Add(secrets[version.epoch & 1U]);
  return sum.value();
}

/// Nobody has sealed so many: at a million a second it would take nine years.
constexpr std::uint64_t kTooMany = std::uint64_t{1} << 48;

bool IsCommonKnown(const Session& session) noexcept {
  return IsKnown(session.version, session.suite) && session.largest_fragment >= 512 &&
         session.largest_fragment <= kLargestFragment;
}

/// One key of this session may not be used for as many records as there are.
bool HasLimitedKeys(const Session& session) noexcept { return IsGcm(CipherOf(session.suite)); }

}  // namespace

bool IsKnown(Version version, Suite suite) noexcept {
  const Named* const found = Find(suite);
  return found != nullptr && found->version == version;
}

std::string_view NameOf(Version version) noexcept {
  if (version == Version::tls13) return "TLSv1.3";
  return version == Version::tls12 ? "TLSv1.2" : "";
}

std::string_view NameOf(Suite suite) noexcept {
  const Named* const found = Find(suite);
  return found == nullptr ? std::string_view() : found->name;
}

void Establish(Session& session, const Agreed& agreed) noexcept {
  session = {};
  session.version = agreed.version;
  session.suite = agreed.suite;
  session.largest_fragment = agreed.largest_fragment;
  session.inbound_secrets[0] = agreed.client;
  session.outbound_secrets[0] = agreed.server;
  session.inbound[0].sequence = agreed.client_sequence;
  session.outbound[0].sequence = agreed.server_sequence;
  SetCheck(session, session.inbound[0]);
  SetCheck(session, session.outbound[0]);
}

bool IsIntact(const Session& session, Selector selector) noexcept {
  return IsInboundIntact(session, selector) && IsOutboundIntact(session, selector);
}

bool IsInboundIntact(const Session& session, Selector selector) noexcept {
  const Inbound& inbound = session.inbound_of(selector);
  return IsCommonKnown(session) && inbound.sequence < kTooMany && inbound.held < 5 &&
         inbound.check == CheckOf(session, session.inbound_secrets, inbound);
}

bool IsOutboundIntact(const Session& session, Selector selector) noexcept {
  const Outbound& outbound = session.outbound_of(selector);
  return IsCommonKnown(session) && outbound.sequence < kTooMany &&
         outbound.check == CheckOf(session, session.outbound_secrets, outbound);
}

void SetCheck(Session& session, Inbound& version) noexcept {
  version.check = CheckOf(session, session.inbound_secrets, version);
}

void SetCheck(Session& session, Outbound& version) noexcept {
  version.check = CheckOf(session, session.outbound_secrets, version);
}

bool IsMessageOwed(const Session& session, Selector selector) noexcept {
  const Inbound& inbound = session.inbound_of(selector);
  const Outbound& outbound = session.outbound_of(selector);
  if (outbound.is_closed != 0) return false;
  return inbound.asked != outbound.answered || IsRenewalOwed(session, selector);
}

bool IsRenewalOwed(const Session& session, Selector selector) noexcept {
  const Inbound& inbound = session.inbound_of(selector);
  return session.version == Version::tls13 && HasLimitedKeys(session) &&
         inbound.sequence >= kRecordsOfKey &&
         session.outbound_of(selector).renewal != RenewalIn(inbound);
}

bool IsWornOut(const Session& session, Selector selector) noexcept {
  return session.version == Version::tls12 && HasLimitedKeys(session) &&
         session.outbound_of(selector).sequence >= kRecordsOfKey;
}

void Wipe(Session& session) noexcept {
  session.version = Version::none;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  ::explicit_bzero(&session, sizeof session);
}

}  // namespace tined::tls

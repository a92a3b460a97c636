#include "tls/session.hpp"

#include <string.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstring>

#include "tls/cipher.hpp"

namespace tined::tls {
namespace {

/// Takes in 64-bit words, in four lanes, for the sum is taken twice a record. A change of any one
/// word always changes its lane: each step is a bijection of it. Only the end, of 32 bits, may hide
/// it, once in four billion.
class Sum {
 public:
  /// `kSize` bytes from here, in place: copies of what was just written in other widths would have
  /// to wait for it.
  template <std::size_t kSize>
  void Add(const void* from) noexcept {
    for (std::size_t at = 0; at < kSize; at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, static_cast<const char*>(from) + at, std::min<std::size_t>(8, kSize - at));
      std::uint64_t& lane = lanes_[at / 8 % lanes_.size()];
      lane = Mix(lane, word);
    }
  }
  [[nodiscard]] std::uint32_t value() const noexcept {
    const std::uint64_t sum = Mix(Mix(lanes_[0], lanes_[1]), Mix(lanes_[2], lanes_[3]));
    return static_cast<std::uint32_t>(sum >> 32);
  }

 private:
  static std::uint64_t Mix(std::uint64_t sum, std::uint64_t word) noexcept {
    return std::rotl((sum ^ word) * 0x9e3779b97f4a7c15U, 29);
  }

  std::array<std::uint64_t, 4> lanes_{1, 2, 3, 4};
};

/// The check word of `version`, one of a direction that has these secrets.
template <typename Direction>
std::uint32_t CheckOf(const Session& session, const std::array<Secret, 2>& secrets,
                      const Direction& version) noexcept {
  constexpr std::size_t kFields = offsetof(Direction, check);
  static_assert(std::has_unique_object_representations_v<Direction> &&
                kFields + sizeof version.check == sizeof version);
  Sum sum;
  sum.Add<offsetof(Session, inbound)>(&session);
  sum.Add<kFields>(&version);
  sum.Add<sizeof(Secret)>(&secrets[version.epoch & 1U]);
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
  switch (suite) {
    case Suite::aes_128_gcm_sha256:
    case Suite::aes_256_gcm_sha384:
    case Suite::chacha20_poly1305_sha256:
      return version == Version::tls13;
    case Suite::ecdhe_ecdsa_aes_128_gcm_sha256:
    case Suite::ecdhe_ecdsa_aes_256_gcm_sha384:
    case Suite::ecdhe_rsa_aes_128_gcm_sha256:
    case Suite::ecdhe_rsa_aes_256_gcm_sha384:
    case Suite::ecdhe_rsa_chacha20_poly1305_sha256:
    case Suite::ecdhe_ecdsa_chacha20_poly1305_sha256:
      return version == Version::tls12;
    case Suite::none:
      break;
  }
  return false;
}

std::string_view NameOf(Version version) noexcept {
  if (version == Version::tls13) return "TLSv1.3";
  return version == Version::tls12 ? "TLSv1.2" : "";
}

std::string_view NameOf(Suite suite) noexcept {
  switch (suite) {
    case Suite::aes_128_gcm_sha256:
      return "TLS_AES_128_GCM_SHA256";
    case Suite::aes_256_gcm_sha384:
      return "TLS_AES_256_GCM_SHA384";
    case Suite::chacha20_poly1305_sha256:
      return "TLS_CHACHA20_POLY1305_SHA256";
    case Suite::ecdhe_ecdsa_aes_128_gcm_sha256:
      return "ECDHE-ECDSA-AES128-GCM-SHA256";
    case Suite::ecdhe_ecdsa_aes_256_gcm_sha384:
      return "ECDHE-ECDSA-AES256-GCM-SHA384";
    case Suite::ecdhe_rsa_aes_128_gcm_sha256:
      return "ECDHE-RSA-AES128-GCM-SHA256";
    case Suite::ecdhe_rsa_aes_256_gcm_sha384:
      return "ECDHE-RSA-AES256-GCM-SHA384";
    case Suite::ecdhe_rsa_chacha20_poly1305_sha256:
      return "ECDHE-RSA-CHACHA20-POLY1305";
    case Suite::ecdhe_ecdsa_chacha20_poly1305_sha256:
      return "ECDHE-ECDSA-CHACHA20-POLY1305";
    case Suite::none:
      break;
  }
  return "";
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

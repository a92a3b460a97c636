#include "tls/session.hpp"

#include <string.h>

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstring>

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

/// Takes in 64-bit words. A change of any one word always changes the sum: each step is a bijection
/// of it. Only the last one, to 32 bits, may hide it, once in four billion.
class Sum {
 public:
  void Add(const void* bytes, std::size_t size) noexcept {
    const auto* const from = static_cast<const char*>(bytes);
    for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, from + at, sizeof word);
      sum_ = std::rotl((sum_ ^ word) * 0x9e3779b97f4a7c15U, 29);
    }
  }
  [[nodiscard]] std::uint32_t value() const noexcept {
    const std::uint64_t mixed = (sum_ ^ sum_ >> 32) * 0xd6e8feb86659fd93U;
    return static_cast<std::uint32_t>(mixed >> 32);
  }

 private:
  std::uint64_t sum_ = 0x74696e65642d746cU;
};

/// `version` of one direction, of which `secrets` are.
template <typename Direction>
std::uint32_t CheckOf(const Session& session, const std::array<Secret, 2>& secrets,
                      Direction version) noexcept {
  constexpr std::size_t kCommon = offsetof(Session, inbound);
  static_assert(kCommon % 8 == 0 && sizeof(Direction) % 8 == 0 && sizeof(Secret) % 8 == 0);
  static_assert(std::has_unique_object_representations_v<Direction>);
  version.check = 0;
  Sum sum;
  sum.Add(&session, kCommon);
  sum.Add(&version, sizeof version);
  sum.Add(&secrets[version.epoch & 1U], sizeof(Secret));
  return sum.value();
}

bool AreBoundsKept(const Session& session, const Inbound& inbound) noexcept {
  return IsKnown(session.version, session.suite) && session.largest_fragment >= 512 &&
         session.largest_fragment <= kLargestFragment && inbound.held < 5;
}

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
  const Inbound& inbound = session.inbound_of(selector);
  const Outbound& outbound = session.outbound_of(selector);
  return AreBoundsKept(session, inbound) &&
         inbound.check == CheckOf(session, session.inbound_secrets, inbound) &&
         outbound.check == CheckOf(session, session.outbound_secrets, outbound);
}

void SetCheck(Session& session, Inbound& version) noexcept {
  version.check = CheckOf(session, session.inbound_secrets, version);
}

void SetCheck(Session& session, Outbound& version) noexcept {
  version.check = CheckOf(session, session.outbound_secrets, version);
}

bool IsAnswerOwed(const Session& session, Selector selector) noexcept {
  const Outbound& outbound = session.outbound_of(selector);
  return session.inbound_of(selector).asked != outbound.answered && outbound.is_closed == 0;
}

void Wipe(Session& session) noexcept {
  session.version = Version::none;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  ::explicit_bzero(&session, sizeof session);
}

}  // namespace tined::tls

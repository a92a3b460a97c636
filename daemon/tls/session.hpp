// An established TLS session as plain data: all that any process needs to go on with its records.
// It lies in memory that processes share (or travels in a message), so it has no pointers, and
// every pattern of bits is a value of it: a wild write may have made it. A handshaker fills it in,
// then the worker that owns the connection is its only writer.
//
// Each direction has two versions of its state. A selector, in a word that the ledger owns, says
// which of them count: a writer fills the other one, then one store of that word switches. A key
// update writes the next secret into the place of the one before last, which no version that counts
// refers to; the record or window after it wipes the one before. What a session owes its client is
// worked out from both directions (`asked` and `answered`), so that no two stores have to happen
// together.
//
// Each version has a check word over its fields, the secret that it uses and what the whole session
// has in common: a sequence number that a wild write has lowered would be a nonce used twice.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace tined::tls {

/// As the wire has it.
enum class Version : std::uint16_t { none = 0, tls12 = 0x0303, tls13 = 0x0304 };

/// By their numbers at IANA, SSL_CIPHER_get_protocol_id(3): those that tined agrees on.
enum class Suite : std::uint16_t {
  none = 0,
  aes_128_gcm_sha256 = 0x1301,
  aes_256_gcm_sha384 = 0x1302,
  chacha20_poly1305_sha256 = 0x1303,
  ecdhe_ecdsa_aes_128_gcm_sha256 = 0xc02b,
  ecdhe_ecdsa_aes_256_gcm_sha384 = 0xc02c,
  ecdhe_rsa_aes_128_gcm_sha256 = 0xc02f,
  ecdhe_rsa_aes_256_gcm_sha384 = 0xc030,
  ecdhe_rsa_chacha20_poly1305_sha256 = 0xcca8,
  ecdhe_ecdsa_chacha20_poly1305_sha256 = 0xcca9,
};
/// Whether records of this version and suite can be sealed and opened here.
[[nodiscard]] bool IsKnown(Version version, Suite suite) noexcept;

/// "TLSv1.3"; empty for one that is not known.
[[nodiscard]] std::string_view NameOf(Version version) noexcept;
/// "TLS_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256": the name that OpenSSL has for it, and
/// with it other servers' logs and variables. Empty for one that is not known.
[[nodiscard]] std::string_view NameOf(Suite suite) noexcept;

/// What one direction's keys are made of. TLS 1.3: the traffic secret, 32 or 48 bytes from the
/// front. TLS 1.2: the key from the front, then from kIv on the fixed part of the nonce, 4 bytes,
/// and with AES-GCM the explicit nonce of the record with sequence number 0, 8 bytes; with
/// ChaCha20-Poly1305 all 12 bytes are fixed. What is not used is zero.
struct Secret {
  static constexpr std::size_t kIv = 32;
  static constexpr std::size_t kExplicitNonce = 36;

  std::array<std::uint8_t, 48> bytes{};
};

/// The most application bytes of a record, without an agreement (max_fragment_length) on less.
inline constexpr std::uint16_t kLargestFragment = 1U << 14;

/// What a client's records have come to.
struct Inbound {
  std::uint64_t sequence = 0;  ///< of the next record
  /// Bytes of records that have been opened, since the handshake: the low 32 bits. The next record
  /// begins at this position.
  std::uint32_t consumed = 0;
  std::uint32_t produced = 0;  ///< application bytes they held: the low 32 bits
  /// Requests that want an answer: KeyUpdates with update_requested; in 1.2, renegotiations.
  std::uint32_t asked = 0;
  std::uint16_t epoch = 0;     ///< key updates; the lowest bit says which secret is in use
  std::uint8_t held = 0;       ///< bytes of a KeyUpdate whose rest is in later records
  std::uint8_t barren = 0;     ///< records since the last one with application bytes
  std::uint8_t is_closed = 0;  ///< 1: the client has said close_notify, nothing follows
  std::array<std::uint8_t, 3> reserved{};
  std::uint32_t check = 0;
};

/// What has been sealed for the client.
struct Outbound {
  static constexpr std::uint8_t kAsked = 0x80;

  std::uint64_t sequence = 0;  ///< of the next record
  std::uint64_t consumed = 0;  ///< application bytes sealed, since the handshake
  /// The sealed window: records that may have left, in whole or in part, and do not change until
  /// the kernel has taken all of them. `window_begin`: how many bytes had been sent since accept
  /// when it began, the low 32 bits.
  std::uint32_t window_begin = 0;
  std::uint32_t window_size = 0;
  std::uint32_t window_place = 0;  ///< where it lies: the transport's to say
  std::uint32_t answered = 0;      ///< what Inbound::asked was when it was last answered
  std::uint16_t epoch = 0;         ///< key updates; the lowest bit says which secret is in use
  std::uint8_t is_closed = 0;      ///< 1: an alert is the last record of all, nothing follows it
  /// The inbound epoch in which the client was asked for another key: kAsked and its low 7 bits.
  std::uint8_t renewal = 0;
  std::uint32_t check = 0;
};

/// Which version of each direction counts. Any number is one.
struct Selector {
  std::uint8_t bits = 0;

  [[nodiscard]] constexpr std::size_t inbound() const noexcept { return bits & 1U; }
  [[nodiscard]] constexpr std::size_t outbound() const noexcept { return bits >> 1 & 1U; }
  /// What makes the other version count.
  [[nodiscard]] constexpr Selector WithOtherInbound() const noexcept {
    return {static_cast<std::uint8_t>(bits ^ 1U)};
  }
  [[nodiscard]] constexpr Selector WithOtherOutbound() const noexcept {
    return {static_cast<std::uint8_t>(bits ^ 2U)};
  }
};

struct Session {
  /// Counts the changes of what its bytes mean: an upgrade in place needs the same on both sides.
  static constexpr int kForm = 1;

  Version version = Version::none;  ///< none: there is no session here
  Suite suite = Suite::none;
  /// The most application bytes of a record, in either direction: 512 to 16,384.
  std::uint16_t largest_fragment = kLargestFragment;
  std::uint16_t reserved = 0;
  std::array<Inbound, 2> inbound;
  std::array<Outbound, 2> outbound;
  std::array<Secret, 2> inbound_secrets;
  std::array<Secret, 2> outbound_secrets;

  [[nodiscard]] const Inbound& inbound_of(Selector selector) const noexcept {
    return inbound[selector.inbound()];
  }
  [[nodiscard]] const Outbound& outbound_of(Selector selector) const noexcept {
    return outbound[selector.outbound()];
  }
};

static_assert(std::is_standard_layout_v<Session> && std::is_trivially_copyable_v<Session>);
static_assert(sizeof(Session) == 344, "700 bytes an idle connection is the promise");

/// What a handshake has led to.
struct Agreed {
  Version version = Version::none;
  Suite suite = Suite::none;
  std::uint16_t largest_fragment = kLargestFragment;  ///< max_fragment_length, in bytes
  Secret client;                                      ///< opens what the client sends
  Secret server;                                      ///< seals what is sent to it
  std::uint64_t client_sequence = 0;                  ///< of the client's next record
  std::uint64_t server_sequence = 0;                  ///< of the next record to it
};
/// A session that begins so, with the selector 0. The copies of secrets in `agreed` are the
/// caller's to wipe.
void Establish(Session& session, const Agreed& agreed) noexcept;

/// Whether what counts is as its writer left it: known version and suite, fields within bounds,
/// both check words right. A copy is to be judged, not memory that somebody else may write to.
[[nodiscard]] bool IsIntact(const Session& session, Selector selector) noexcept;

/// Whether what counts in one direction is as its writer left it, as IsIntact.
[[nodiscard]] bool IsInboundIntact(const Session& session, Selector selector) noexcept;
[[nodiscard]] bool IsOutboundIntact(const Session& session, Selector selector) noexcept;

/// Makes the check word of a version what it has to be.
void SetCheck(Session& session, Inbound& version) noexcept;
void SetCheck(Session& session, Outbound& version) noexcept;

/// There is something to tell the client that no application bytes bring along: a request of its
/// waits for the answer (the own KeyUpdate; in 1.2 the warning no_renegotiation), or its key has
/// been in use for so long that it is asked for another. A RecordWriter's window begins with it.
[[nodiscard]] bool IsMessageOwed(const Session& session, Selector selector) noexcept;

/// The client's key has been in use for so long that it is asked for another.
[[nodiscard]] bool IsRenewalOwed(const Session& session, Selector selector) noexcept;
/// What Outbound::renewal is when the client has been asked in the epoch of `inbound`.
[[nodiscard]] constexpr std::uint8_t RenewalIn(const Inbound& inbound) noexcept {
  return static_cast<std::uint8_t>(inbound.epoch | Outbound::kAsked);
}

/// This many records are sealed with one key of AES-GCM, then another is made (a third of what RFC
/// 8446, 5.5 allows). TLS 1.2 has no other: such a session is worn out.
inline constexpr std::uint64_t kRecordsOfKey = std::uint64_t{1} << 23;
/// The answer that is under way had better be the connection's last one.
[[nodiscard]] bool IsWornOut(const Session& session, Selector selector) noexcept;

/// Makes it no session any more, then overwrites the secrets.
void Wipe(Session& session) noexcept;

}  // namespace tined::tls

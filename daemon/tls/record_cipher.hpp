// One record as bytes: its header, nonce and additional data in both versions (RFC 8446, 5.2 and
// 5.3; RFC 5246, 6.2.3.3 with RFC 5288 and 7905), and what around the content is not content. What
// the content means is not known here. Worker's loop thread.
//
//   TLS 1.3: header 5 | sealed content, type 1, zeros | tag 16
//   TLS 1.2: header 5 | explicit nonce 8 (AES-GCM) | sealed content | tag 16
#pragma once

#include <cstdint>
#include <span>

#include "tls/aead.hpp"
#include "tls/key_schedule.hpp"
#include "tls/session.hpp"

namespace tined::tls {

enum class ContentType : std::uint8_t {
  change_cipher_spec = 20,
  alert = 21,
  handshake = 22,
  application_data = 23,
};

inline constexpr std::size_t kHeaderSize = 5;

struct RecordHeader {
  ContentType type;
  std::uint16_t version;
  std::size_t size;  ///< what follows the header
};
/// The header at the front of `bytes`, five of them at least.
[[nodiscard]] RecordHeader ReadHeader(ByteView bytes) noexcept;

/// How records of a session look.
struct RecordShape {
  /// The shape of the records of a session whose version and suite are known.
  explicit RecordShape(const Session& session) noexcept;

  Version version;
  std::size_t begin;  ///< bytes in front of the content
  std::size_t end;    ///< bytes behind it, without padding

  [[nodiscard]] std::size_t overhead() const noexcept { return begin + end; }
};

/// One record's place in a direction.
struct RecordSeat {
  RecordShape shape;
  const Keys& keys;
  std::uint64_t sequence;
};

/// Writes a record of `content` to `out`, which has room for content and overhead. Content that
/// lies where the record wants it (at `out` + shape.begin) is sealed in place.
void SealRecord(Aead& aead, const RecordSeat& seat, ContentType type, ByteView content,
                std::uint8_t* out) noexcept;

/// Opens `record`, a whole one with room for what is around content, to `out`: the content, in TLS
/// 1.3 with type and padding. That is as many bytes as lie between shape.begin and the tag. False:
/// it is not what the other side has sealed in this place; nothing of it is left at `out`.
[[nodiscard]] bool OpenRecord(Aead& aead, const RecordSeat& seat, ByteView record,
                              std::uint8_t* out) noexcept;

}  // namespace tined::tls

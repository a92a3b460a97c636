// What records say that is not application bytes: alerts, KeyUpdate, in TLS 1.2 a client that asks
// for another handshake. Decisions alone: a content and what is known so far give a meaning. Any
// process, any thread.
#pragma once

#include "tls/alert.hpp"
#include "tls/record_cipher.hpp"
#include "tls/session.hpp"

namespace tined::tls {

/// What a record's content means for the session.
struct Meaning {
  enum class Kind : std::uint8_t { application, nothing, key_update, close_notify, alert, fault };
  Kind kind = Kind::nothing;
  Alert alert = Alert::close_notify;  ///< with alert: the client's; with fault: the one to send
};

/// Judges the content of one record, and notes in `next` what has to be known for the records after
/// it: `held`, `asked`, `barren`, `is_closed`. With key_update the new key is the caller's matter.
[[nodiscard]] Meaning Understand(Version version, ContentType type, ByteView content,
                                 Inbound& next) noexcept;

/// Records in a row that bring no application bytes are endured up to this many.
inline constexpr int kMostBarren = 32;

}  // namespace tined::tls

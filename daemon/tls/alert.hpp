// Alerts by their numbers (RFC 8446, 6; RFC 5246, 7.2): those that the record layer sends, and
// names for the log of all that a client may. Any process, any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace tined::tls {

enum class Alert : std::uint8_t {
  close_notify = 0,
  unexpected_message = 10,
  bad_record_mac = 20,
  record_overflow = 22,
  illegal_parameter = 47,
  decode_error = 50,
  protocol_version = 70,
  internal_error = 80,
  user_canceled = 90,
  no_renegotiation = 100,
};

/// "bad_record_mac"; "unknown" for a number that no RFC has.
[[nodiscard]] std::string_view NameOf(Alert alert) noexcept;

}  // namespace tined::tls

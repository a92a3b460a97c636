// One HTTP request as its handler sees it: views into the connection's input and into the parser,
// valid until the next request is parsed: who answers later keeps an OwnedRequest. Worker's loop
// thread. Filled by the parser (parser.hpp), never changed by handlers.
#pragma once

#include <array>
#include <boost/beast/http/field.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "ledger/record.hpp"
#include "tls/facts.hpp"

namespace tined::http {

/// Names of header fields known by number; Name::unknown for all others.
using Name = boost::beast::http::field;

struct Field {
  Name id = Name::unknown;
  std::string_view name;   ///< as sent: compare without regard to case
  std::string_view value;  ///< without the white space around it
};

enum class Method : std::uint8_t {
  get,
  head,
  options,
  post,
  put,
  del,
  patch,
  trace,
  connect,
  other
};

struct Request {
  /// What the client asked by, where the connection does not tell: a proxy that is trusted does.
  enum class Scheme : std::uint8_t { of_connection, http, https };

  Method method = Method::other;
  std::string_view method_text;  ///< as sent; methods are case-sensitive (RFC 9110, 9.1)
  std::string_view target;       ///< as sent
  /// Decoded, dot segments resolved; begins with '/'; "*" for OPTIONS *. An encoded slash is "%2F".
  std::string_view path;
  std::string_view raw_path;       ///< as sent, without query
  std::string_view query;          ///< as sent, without the '?'
  bool has_query = false;          ///< "/a?" has an empty one
  bool has_encoded_slash = false;  ///< no file has such a path
  int major_version = 1;           ///< of HTTP: 1 or 2
  int minor_version = 1;           ///< of HTTP/1; also for one of HTTP/2, which is as new
  std::string_view host;           ///< as sent (target or Host), port included; may be empty
  std::span<const Field> fields;
  bool may_be_conditional = true;  ///< false: no field of RFC 9110, 13.1 is among them
  std::string_view body;           ///< decoded
  Scheme scheme = Scheme::of_connection;
  /// The client: whom the connection is with, or whom a trusted proxy says that it speaks for.
  const ledger::Peer* peer = nullptr;
  /// The proxy that the connection is with, where it is trusted; null: there is none.
  const ledger::Peer* proxy = nullptr;
  std::string_view told_by{};   ///< the name of the field that its word is believed in
  std::string_view request_id;  ///< what it is called in logs; empty: nothing
  /// Whom it says that it is of, where a password is asked for, which handlers are asked about when
  /// it has been found right; else empty.
  std::string_view user;
  /// Field lines that its answer has in place of its own of those names: where it is asked for in
  /// another one's place, as that one's handler wants it.
  std::string_view answer_lines{};
  const tls::Told* tls = nullptr;  ///< null: the connection has none
  WallTime received_at;            ///< to the second: the clock read of this loop turn

  [[nodiscard]] bool is_https() const noexcept {
    return scheme == Scheme::of_connection ? tls != nullptr : scheme == Scheme::https;
  }
  /// The value of the first field of that name, or nullptr.
  [[nodiscard]] const std::string_view* Find(Name id) const noexcept {
    for (const Field& field : fields) {
      if (field.id == id) return &field.value;
    }
    return nullptr;
  }
  /// The value of the only field of that name; nullptr when there is none, or more than one.
  [[nodiscard]] const std::string_view* FindOnly(Name id) const noexcept {
    const std::string_view* value = nullptr;
    for (const Field& field : fields) {
      if (field.id != id) continue;
      if (value != nullptr) return nullptr;
      value = &field.value;
    }
    return value;
  }
  /// True when the field occurs at all.
  [[nodiscard]] bool Has(Name id) const noexcept { return Find(id) != nullptr; }
};

}  // namespace tined::http

// The fields of a request that say how the message itself is to be read: Host, Content-Length,
// Transfer-Encoding, Connection, Expect, and whether it is conditional. Noted one by one while the
// header is read, judged when it is whole. Worker's loop thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/request.hpp"

namespace tined::http1 {

enum class BodyFraming : std::uint8_t { none, length, chunked };

/// Why a request is refused; false when it is not.
struct Refusal {
  int status = 0;
  std::string_view reason;  ///< for the log, a constant
  explicit operator bool() const noexcept { return status != 0; }
};

class MessageFields {
 public:
  /// `value` outlives this.
  void Note(http::Name name, std::string_view value) noexcept;

  /// Exactly one well-formed Host (RFC 9112, 3.2); HTTP/1.0 may do without.
  [[nodiscard]] Refusal CheckHost(int minor_version) const noexcept;
  /// Says that the host has been checked, and need not be again.
  void KnowHost() noexcept { is_host_valid_ = true; }
  /// RFC 9112, 6.1 to 6.3, at its strictest: whatever two parties could understand in two ways is
  /// refused.
  [[nodiscard]] Refusal CheckFraming(http::Method method, int minor_version) noexcept;

  [[nodiscard]] std::string_view host() const noexcept { return host_.value; }
  /// How the body is framed, once CheckFraming was called.
  [[nodiscard]] BodyFraming framing() const noexcept { return framing_; }
  /// The length of a body that is framed by its length.
  [[nodiscard]] std::uint64_t body_length() const noexcept { return body_length_; }
  /// RFC 9112, 9.3.
  [[nodiscard]] bool KeepsAlive(int minor_version) const noexcept;
  /// A precondition (RFC 9110, 13.1) is among them.
  [[nodiscard]] bool is_conditional() const noexcept { return is_conditional_; }
  /// RFC 9110, 10.1.1.
  [[nodiscard]] bool expects_continue() const noexcept { return expects_continue_; }
  [[nodiscard]] bool expects_something_else() const noexcept { return expects_something_else_; }

 private:
  /// A field that may occur once.
  struct Single {
    int count = 0;
    std::string_view value;
  };

  void NoteConnection(std::string_view options) noexcept;
  void NoteCodings(std::string_view codings) noexcept;
  void NoteExpectations(std::string_view expectations) noexcept;
  [[nodiscard]] Refusal CheckCodings(int minor_version) noexcept;
  [[nodiscard]] Refusal CheckLength() noexcept;

  Single host_;
  bool is_host_valid_ = false;
  Single content_length_;
  bool has_transfer_encoding_ = false;
  int codings_ = 0;
  int chunked_codings_ = 0;
  bool is_last_coding_chunked_ = false;
  bool wants_close_ = false;
  bool wants_keep_alive_ = false;
  bool is_conditional_ = false;
  bool expects_continue_ = false;
  bool expects_something_else_ = false;
  BodyFraming framing_ = BodyFraming::none;
  std::uint64_t body_length_ = 0;
};

}  // namespace tined::http1

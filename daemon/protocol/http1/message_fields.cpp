#include "protocol/http1/message_fields.hpp"

#include <charconv>

#include "http/host.hpp"
#include "http/list.hpp"

namespace tined::http1 {
namespace {

/// HTTP/1.0 requests of these methods have a body, and only its length says where it ends
/// (RFC 1945, 8.3). From HTTP/1.1 on, no length means no body.
bool HasBodyForSure(http::Method method) noexcept {
  return method == http::Method::post || method == http::Method::put ||
         method == http::Method::patch;
}

}  // namespace

void MessageFields::Note(http::Name name, std::string_view value) noexcept {
  switch (name) {
    case http::Name::host:
      host_ = {host_.count + 1, value};
      break;
    case http::Name::content_length:
      content_length_ = {content_length_.count + 1, value};
      break;
    case http::Name::transfer_encoding:
      NoteCodings(value);
      break;
    case http::Name::connection:
      NoteConnection(value);
      break;
    case http::Name::expect:
      NoteExpectations(value);
      break;
    case http::Name::if_match:
    case http::Name::if_none_match:
    case http::Name::if_modified_since:
    case http::Name::if_unmodified_since:
      is_conditional_ = true;
      break;
    default:
      break;
  }
}

void MessageFields::NoteConnection(std::string_view options) noexcept {
  http::ForEachListElement(options, [this](std::string_view option) {
    wants_close_ |= http::EqualsIgnoreCase(option, "close");
    wants_keep_alive_ |= http::EqualsIgnoreCase(option, "keep-alive");
  });
}

void MessageFields::NoteCodings(std::string_view codings) noexcept {
  has_transfer_encoding_ = true;
  http::ForEachListElement(codings, [this](std::string_view coding) {
    is_last_coding_chunked_ = http::EqualsIgnoreCase(coding, "chunked");
    chunked_codings_ += is_last_coding_chunked_ ? 1 : 0;
    ++codings_;
  });
}

void MessageFields::NoteExpectations(std::string_view expectations) noexcept {
  http::ForEachListElement(expectations, [this](std::string_view expectation) {
    const bool is_continue = http::EqualsIgnoreCase(expectation, "100-continue");
    expects_continue_ |= is_continue;
    expects_something_else_ |= !is_continue;
  });
}

Refusal MessageFields::CheckHost(int minor_version) const noexcept {
  if (host_.count > 1) return {400, "more than one Host field"};
  if (host_.count == 0 && minor_version > 0) return {400, "no Host field"};
  if (!is_host_valid_ && !http::IsValidHost(host_.value)) return {400, "malformed Host field"};
  return {};
}

Refusal MessageFields::CheckFraming(http::Method method, int minor_version) noexcept {
  if (has_transfer_encoding_) return CheckCodings(minor_version);
  if (content_length_.count > 0) return CheckLength();
  if (minor_version == 0 && HasBodyForSure(method)) return {411, "no Content-Length"};
  return {};
}

Refusal MessageFields::CheckCodings(int minor_version) noexcept {
  const bool is_ambiguous = content_length_.count > 0 || minor_version == 0 ||
                            !is_last_coding_chunked_ || chunked_codings_ > 1;
  if (is_ambiguous) return {400, "ambiguous Transfer-Encoding"};
  if (codings_ > 1) return {501, "transfer coding not supported"};
  framing_ = BodyFraming::chunked;
  return {};
}

Refusal MessageFields::CheckLength() noexcept {
  const char* const begin = content_length_.value.data();
  const char* const end = begin + content_length_.value.size();
  // Digits alone: from_chars takes no plus sign and, for an unsigned number, no minus sign.
  const auto [parsed, error] = std::from_chars(begin, end, body_length_);
  if (content_length_.count > 1 || error != std::errc() || parsed != end) {
    return {400, "ambiguous Content-Length"};
  }
  if (body_length_ > 0) framing_ = BodyFraming::length;
  return {};
}

bool MessageFields::KeepsAlive(int minor_version) const noexcept {
  return !wants_close_ && (minor_version > 0 || wants_keep_alive_);
}

}  // namespace tined::http1

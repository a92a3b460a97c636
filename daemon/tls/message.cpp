#include "tls/message.hpp"

#include <array>

namespace tined::tls {
namespace {

using Kind = Meaning::Kind;

constexpr std::uint8_t kClientHello = 1;
constexpr std::uint8_t kKeyUpdate = 24;
constexpr std::uint8_t kUpdateRequested = 1;
constexpr std::uint8_t kWarning = 1;
constexpr std::uint8_t kFatal = 2;

Meaning Fault(Alert alert) noexcept { return {Kind::fault, alert}; }

/// A KeyUpdate, or a part of it, is all that a handshake may bring in TLS 1.3. It may come byte by
/// byte; its bytes are known but for the last, so that how many have come is all there is to keep.
Meaning UnderstandKeyUpdate(ByteView content, Inbound& next) noexcept {
  constexpr std::array<std::uint8_t, 4> kBegin = {kKeyUpdate, 0, 0, 1};
  // Empty ones are forbidden (RFC 8446, 5.4).
  if (content.empty()) return Fault(Alert::unexpected_message);
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (next.held < kBegin.size()) {
      if (content[i] != kBegin[next.held]) {
        return Fault(next.held == 0 ? Alert::unexpected_message : Alert::decode_error);
      }
      ++next.held;
      continue;
    }
    if (content[i] > kUpdateRequested) return Fault(Alert::illegal_parameter);
    // What follows would have to be sealed with the next key (5.1).
    if (i + 1 < content.size()) return Fault(Alert::unexpected_message);
    next.held = 0;
    next.asked += content[i];
    return {.kind = Kind::key_update};
  }
  return {};
}

/// In TLS 1.2 a client may ask for another handshake, and is told that there is none: by a warning,
/// after which it may go on. Only a ClientHello that is whole is recognised.
Meaning UnderstandRenegotiation(ByteView content, Inbound& next) noexcept {
  if (content.size() < 4 || content[0] != kClientHello) return Fault(Alert::unexpected_message);
  const std::size_t size =
      std::size_t{content[1]} << 16 | std::size_t{content[2]} << 8 | content[3];
  if (size != content.size() - 4) return Fault(Alert::unexpected_message);
  ++next.asked;
  return {};
}

Meaning UnderstandAlert(Version version, ByteView content, Inbound& next) noexcept {
  if (content.empty()) return Fault(Alert::unexpected_message);
  if (content.size() != 2) return Fault(Alert::decode_error);
  const std::uint8_t level = content[0];
  const auto alert = static_cast<Alert>(content[1]);
  if (alert == Alert::close_notify) {
    next.is_closed = 1;
    return {.kind = Kind::close_notify};
  }
  if (version == Version::tls12) {
    if (level == kWarning) return {};
    return level == kFatal ? Meaning{Kind::alert, alert} : Fault(Alert::illegal_parameter);
  }
  // The level means nothing; a close_notify follows this one (RFC 8446, 6.1).
  if (alert == Alert::user_canceled) return {};
  return {Kind::alert, alert};
}

Meaning UnderstandContent(Version version, ContentType type, ByteView content,
                          Inbound& next) noexcept {
  if (type == ContentType::alert) return UnderstandAlert(version, content, next);
  if (type == ContentType::handshake) {
    return version == Version::tls13 ? UnderstandKeyUpdate(content, next)
                                     : UnderstandRenegotiation(content, next);
  }
  // Between the parts of a message nothing else may come (5.1).
  if (type != ContentType::application_data || next.held > 0) {
    return Fault(Alert::unexpected_message);
  }
  return {.kind = content.empty() ? Kind::nothing : Kind::application};
}

}  // namespace

Meaning Understand(Version version, ContentType type, ByteView content, Inbound& next) noexcept {
  const Meaning meaning = UnderstandContent(version, type, content, next);
  if (meaning.kind == Kind::application) {
    next.barren = 0;
  } else if (meaning.kind == Kind::nothing || meaning.kind == Kind::key_update) {
    if (next.barren >= kMostBarren) return Fault(Alert::unexpected_message);
    ++next.barren;
  }
  return meaning;
}

}  // namespace tined::tls

#include "handshake/opening.hpp"

#include <algorithm>
#include <array>

namespace tined::handshake {
namespace {

constexpr char kHandshakeRecord = 22;
/// Records of SSL 3 and of every TLS have it (RFC 8446, 5.1; RFC 5246, E.1).
constexpr char kMajorVersion = 3;
/// A record of SSL 2: its size in two bytes, of which the highest bit is set, then its type.
constexpr char kHighestBit = static_cast<char>(0x80);
constexpr char kClientHello = 1;

constexpr std::array<std::string_view, 10> kMethods = {"GET ",    "HEAD ",    "POST ",  "PUT ",
                                                       "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ",
                                                       "TRACE ",  "PRI "};

}  // namespace

Opening Recognise(std::string_view bytes) noexcept {
  if (bytes.empty()) return Opening::unknown;
  if (bytes[0] == kHandshakeRecord) {
    if (bytes.size() < 2) return Opening::unknown;
    return bytes[1] == kMajorVersion ? Opening::tls : Opening::other_ssl;
  }
  if ((bytes[0] & kHighestBit) != 0) {
    if (bytes.size() < 3) return Opening::unknown;
    return bytes[2] == kClientHello ? Opening::other_ssl : Opening::nonsense;
  }
  const auto begins = [&](std::string_view method) { return bytes.starts_with(method); };
  const auto may_begin = [&](std::string_view method) { return method.starts_with(bytes); };
  if (std::any_of(kMethods.begin(), kMethods.end(), begins)) return Opening::http;
  return std::any_of(kMethods.begin(), kMethods.end(), may_begin) ? Opening::unknown
                                                                  : Opening::nonsense;
}

}  // namespace tined::handshake

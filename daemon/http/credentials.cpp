#include "http/credentials.hpp"

#include <algorithm>
#include <cstdint>

#include "base/characters.hpp"
#include "http/list.hpp"

namespace tined::http {
namespace {

constexpr std::string_view kScheme = "Basic";
constexpr std::size_t kLongestName = 256;
/// What crypt(3) takes.
constexpr std::size_t kLongestPassword = 511;

/// -1: it is none of base64's.
int SextetOf(char c) noexcept {
  if (IsUpper(c)) return c - 'A';
  if (IsLower(c)) return c - 'a' + 26;
  if (IsDigit(c)) return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

/// RFC 4648, 4; the padding may be left out, as some clients do.
std::optional<std::string> DecodeBase64(std::string_view text) {
  const std::size_t padding = text.find('=');
  const std::size_t size = text.size();
  if (padding != std::string_view::npos) {
    const bool is_padding = text.find_first_not_of('=', padding) == std::string_view::npos;
    if (!is_padding || size % 4 != 0 || size - padding > 2) return std::nullopt;
    text = text.substr(0, padding);
  }
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  std::uint32_t held = 0;
  int bits = 0;
  for (const char c : text) {
    const int sextet = SextetOf(c);
    if (sextet < 0) return std::nullopt;
    held = held << 6 | static_cast<std::uint32_t>(sextet);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<char>(held >> bits & 0xff));
  }
  return bytes;
}

}  // namespace

std::optional<Credentials> ParseBasic(std::string_view authorization) {
  const std::string_view scheme = authorization.substr(0, kScheme.size());
  if (!EqualsIgnoreCase(scheme, kScheme)) return std::nullopt;
  authorization.remove_prefix(scheme.size());
  const std::size_t begin = authorization.find_first_not_of(' ');
  if (begin == 0 || begin == std::string_view::npos) return std::nullopt;
  if (authorization.size() > 2 * (kLongestName + kLongestPassword)) return std::nullopt;
  const std::optional<std::string> both = DecodeBase64(authorization.substr(begin));
  const std::size_t colon = both ? both->find(':') : std::string::npos;
  if (colon == std::string::npos || std::any_of(both->begin(), both->end(), IsControl)) {
    return std::nullopt;
  }
  Credentials credentials{both->substr(0, colon), both->substr(colon + 1)};
  const bool is_too_long =
      credentials.name.size() > kLongestName || credentials.password.size() > kLongestPassword;
  return is_too_long ? std::nullopt : std::optional(std::move(credentials));
}

std::optional<Credentials> CredentialsOf(const Request& request) {
  const std::string_view* const field = request.FindOnly(Name::authorization);
  return field != nullptr ? ParseBasic(*field) : std::nullopt;
}

}  // namespace tined::http

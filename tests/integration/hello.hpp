// ClientHellos made by hand (RFC 8446, 4.1.2; RFC 5246, 7.4.1.2), and what is in a ServerHello: for
// offers that no library makes. Values in, bytes out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tined::test::hello {

/// `number` in `size` bytes.
inline std::string Number(std::size_t number, int size) {
  std::string bytes;
  for (int i = size - 1; i >= 0; --i) bytes += static_cast<char>(number >> 8 * i);
  return bytes;
}
/// `content` with its size in front, in `size` bytes.
inline std::string Sized(int size, std::string_view content) {
  return Number(content.size(), size).append(content);
}
inline std::string Numbers(const std::vector<int>& numbers, int size = 2) {
  std::string bytes;
  for (const int each : numbers) bytes += Number(static_cast<std::size_t>(each), size);
  return bytes;
}
inline std::string Extension(int type, std::string_view content) {
  return Number(static_cast<std::size_t>(type), 2) + Sized(2, content);
}

inline std::string Groups(const std::vector<int>& groups) {
  return Extension(10, Sized(2, Numbers(groups)));
}
inline std::string Signatures(const std::vector<int>& signatures) {
  return Extension(13, Sized(2, Numbers(signatures)));
}
inline std::string Versions(const std::vector<int>& versions) {
  return Extension(43, Sized(1, Numbers(versions)));
}
inline std::string Host(std::string_view name) {
  return Extension(0, Sized(2, std::string(1, '\0') + Sized(2, name)));
}
inline std::string Protocols(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& each : names) list += Sized(1, each);
  return Extension(16, Sized(2, list));
}
/// A share for X25519: any 32 bytes are a public key.
inline std::string Share() {
  return Extension(51, Sized(2, Number(29, 2) + Sized(2, std::string(32, '\x09'))));
}

inline const std::vector<int> kSuites12 = {0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8};
inline const std::vector<int> kSuites13 = {0x1301, 0x1302, 0x1303};

/// What every client says: groups, signatures, points, extended master secret.
inline const std::string kUsual = Groups({29, 23, 24}) +
                                  Signatures({0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501}) +
                                  Extension(11, std::string("\1\0", 2)) + Extension(23, "");
inline const std::string kUsual13 = kUsual + Versions({0x0304}) + Share() + Extension(45, "\1\1");

struct Offer {
  int version = 0x0303;
  std::vector<int> suites = kSuites12;
  std::string extensions = kUsual;
  std::string session = {};
  std::string compression = std::string(1, '\0');
};
/// The message; `offer.extensions` may be none at all, without their size.
inline std::string Message(const Offer& offer) {
  std::string body = Number(static_cast<std::size_t>(offer.version), 2) + std::string(32, 'r') +
                     Sized(1, offer.session) + Sized(2, Numbers(offer.suites)) +
                     Sized(1, offer.compression);
  if (!offer.extensions.empty()) body += Sized(2, offer.extensions);
  return "\1" + Sized(3, body);
}
inline Offer Of13(const std::string& more = {}) {
  return {.suites = kSuites13, .extensions = kUsual13 + more, .session = std::string(32, 's')};
}

/// The ServerHello at the front of what a server has said.
struct Answer {
  int version = 0;  ///< agreed on, supported_versions included
  std::string random;
  std::string session;
  int suite = 0;
  int compression = -1;
  std::map<int, std::string> extensions;
};
inline std::optional<Answer> Read(std::string_view bytes) {
  std::size_t at = 0;
  const auto take = [&](std::size_t size) {
    const std::string_view taken = bytes.substr(std::min(at, bytes.size()), size);
    at += size;
    return taken;
  };
  const auto number = [&](std::size_t size) {
    int value = 0;
    for (const char byte : take(size)) value = value << 8 | static_cast<std::uint8_t>(byte);
    return value;
  };
  const auto sized = [&](std::size_t size) { return take(static_cast<std::size_t>(number(size))); };
  if (bytes.size() < 50 || bytes[0] != 22 || bytes[5] != 2) return std::nullopt;
  at = 9;
  Answer answer;
  answer.version = number(2);
  answer.random = take(32);
  answer.session = sized(1);
  answer.suite = number(2);
  answer.compression = number(1);
  const std::size_t size = static_cast<std::size_t>(number(2));
  for (const std::size_t end = at + size; at < end && at < bytes.size();) {
    const int type = number(2);
    answer.extensions[type] = sized(2);
  }
  if (const auto found = answer.extensions.find(43); found != answer.extensions.end()) {
    answer.version = 0x0300 | static_cast<std::uint8_t>(found->second.back());
  }
  return answer;
}

}  // namespace tined::test::hello

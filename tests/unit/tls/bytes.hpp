// What the tests of this room share: bytes from and to hexadecimal, text as bytes, and every
// library that seals here.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hex.hpp"
#include "tls/aead.hpp"

namespace tined::tls::test {

using ByteString = std::vector<std::uint8_t>;

inline ByteString Unhex(std::string_view text) {
  ByteString bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(HexValue(text[i]) << 4 | HexValue(text[i + 1])));
  }
  return bytes;
}

inline std::string Hex(ByteView bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

inline ByteString BytesOf(std::string_view text) { return {text.begin(), text.end()}; }
inline std::string TextOf(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

template <std::size_t size>
std::array<std::uint8_t, size> UnhexArray(std::string_view text) {
  std::array<std::uint8_t, size> array{};
  const ByteString bytes = Unhex(text);
  std::copy_n(bytes.begin(), std::min(size, bytes.size()), array.begin());
  return array;
}

/// Those that this machine has: OpenSSL, and on amd64 ipsec-mb.
inline std::vector<std::unique_ptr<Aead>> Libraries() {
  std::vector<std::unique_ptr<Aead>> libraries;
  libraries.push_back(MakeAead(Library::openssl));
  if (auto faster = MakeAead(Library::ipsec_mb)) libraries.push_back(std::move(faster));
  return libraries;
}

}  // namespace tined::tls::test

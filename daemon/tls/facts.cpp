#include "tls/facts.hpp"

#include <algorithm>
#include <cstdint>

namespace tined::tls {
namespace {

constexpr char kResumed = 'r';
constexpr char kPem = 'c';
/// A fact is its letter, the size of its value in two bytes, the lower one first, and the value.
constexpr std::size_t kHead = 3;

/// Calls `visit(letter, value)` with each fact that is a text.
template <typename Values, typename Visit>
void ForEachText(Values& facts, const Visit& visit) {
  visit('h', facts.server_name);
  visit('p', facts.protocol);
}
template <typename Client, typename Visit>
void ForEachOfClient(Client& client, const Visit& visit) {
  visit('f', client.fingerprint);
  visit('s', client.subject);
  visit('i', client.issuer);
  visit('n', client.names);
  visit('#', client.serial);
  visit('b', client.begins);
  visit('e', client.expires);
  visit(kPem, client.pem);
}

void Append(std::string& text, char letter, std::string_view value) {
  text += letter;
  text += static_cast<char>(value.size() & 0xff);
  text += static_cast<char>(value.size() >> 8);
  text += value;
}

/// Logs and variables have it as it is.
bool IsPrintable(char letter, std::string_view value) noexcept {
  return std::all_of(value.begin(), value.end(), [letter](char c) {
    return (c >= ' ' && c <= '~') || (letter == kPem && c == '\n');
  });
}

std::size_t SizeAt(std::string_view text, std::size_t place) noexcept {
  return static_cast<std::uint8_t>(text[place]) |
         std::size_t{static_cast<std::uint8_t>(text[place + 1])} << 8;
}

}  // namespace

std::optional<std::string> Encode(const Facts& facts) {
  std::string text;
  bool is_too_much = false;
  const auto append = [&](char letter, std::string_view value) {
    if (value.empty()) return;
    const bool has_room = value.size() <= kLargestFacts - kHead - text.size();
    if (has_room) return Append(text, letter, value);
    is_too_much |= letter != kPem;
  };
  if (facts.is_resumed) Append(text, kResumed, {});
  ForEachText(facts, append);
  if (facts.client) ForEachOfClient(*facts.client, append);
  if (is_too_much) return std::nullopt;
  return text;
}

Facts Decode(std::string_view text) noexcept {
  Facts facts;
  ClientCertificate client;
  while (text.size() >= kHead) {
    const char letter = text.front();
    const std::size_t size = SizeAt(text, 1);
    if (size > text.size() - kHead) break;
    const std::string_view value = text.substr(kHead, size);
    text.remove_prefix(kHead + size);
    if (!IsPrintable(letter, value)) continue;
    const auto set = [&](char its, std::string_view& to) {
      if (its == letter) to = value;
    };
    facts.is_resumed |= letter == kResumed;
    ForEachText(facts, set);
    ForEachOfClient(client, set);
  }
  if (!client.fingerprint.empty()) facts.client = client;
  return facts;
}

}  // namespace tined::tls

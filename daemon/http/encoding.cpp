#include "http/encoding.hpp"

#include <optional>

#include "http/list.hpp"

namespace tined::http {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"identity", "gzip", "zstd", "br"};
constexpr int kUnset = -1;

/// qvalue (RFC 9110, 12.4.2): "0", "0.5", "1.000", in thousandths.
std::optional<int> ParseWeight(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return {};
  if (text.size() > 1 && text[1] != '.') return {};
  int weight = (text[0] - '0') * 1000;
  int scale = 100;
  for (std::size_t i = 2; i < text.size(); ++i, scale /= 10) {
    if (text[i] < '0' || text[i] > '9') return {};
    weight += (text[i] - '0') * scale;
  }
  return weight <= 1000 ? std::optional(weight) : std::nullopt;
}

/// A coding and its weight; nothing when the element is malformed.
std::optional<int> WeightOf(std::string_view element, std::string_view& coding) noexcept {
  const std::size_t semicolon = element.find(';');
  coding = Trim(element.substr(0, semicolon));
  if (semicolon == std::string_view::npos) return 1000;
  const std::string_view parameter = Trim(element.substr(semicolon + 1));
  if (parameter.size() < 2 || !EqualsIgnoreCase(parameter.substr(0, 2), "q=")) return {};
  return ParseWeight(parameter.substr(2));
}

}  // namespace

std::string_view NameOf(Coding coding) noexcept { return kNames[static_cast<std::size_t>(coding)]; }

AcceptedCodings ParseAcceptEncoding(const Request& request) noexcept {
  std::array<int, kNames.size()> named;
  named.fill(kUnset);
  int others = kUnset;
  ForEachListElement(request, Name::accept_encoding, [&](std::string_view element) {
    std::string_view coding;
    const std::optional<int> weight = WeightOf(element, coding);
    if (!weight) return;
    if (coding == "*") others = *weight;
    if (EqualsIgnoreCase(coding, "x-gzip")) coding = "gzip";
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if (EqualsIgnoreCase(coding, kNames[i])) named[i] = *weight;
    }
  });
  AcceptedCodings accepted;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const bool is_identity = i == 0;
    // A coding that is not mentioned counts as "*" says. identity is acceptable unless it is
    // excluded, but liked less than whatever is named.
    const int unnamed = others != kUnset ? others : (is_identity ? 1 : 0);
    accepted.weights_[i] = named[i] != kUnset ? named[i] : unnamed;
  }
  return accepted;
}

}  // namespace tined::http

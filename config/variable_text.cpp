#include "config/variable_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/characters.hpp"

namespace tined::config {
namespace {

constexpr std::array<std::pair<std::string_view, Fact>, 9> kFacts = {
    {{"client", Fact::client},
     {"host", Fact::host},
     {"method", Fact::method},
     {"path", Fact::path},
     {"query", Fact::query},
     {"request_id", Fact::request_id},
     {"scheme", Fact::scheme},
     {"status", Fact::status},
     {"tls_version", Fact::tls_version}}};

bool IsOfName(char c) { return IsLetterOrDigit(c) || c == '_'; }

/// The name that `text` begins with, which may be empty.
std::string_view NameAt(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), IsOfName);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

std::optional<Fact> FactOf(std::string_view name) {
  const auto* const known = std::find_if(kFacts.begin(), kFacts.end(),
                                         [&](const auto& each) { return each.first == name; });
  return known == kFacts.end() ? std::nullopt : std::optional(known->second);
}

}  // namespace

VariableText ParseVariableText(std::string_view text) {
  VariableText result;
  TextPiece piece;
  while (!text.empty()) {
    const std::size_t dollar = std::min(text.find('$'), text.size());
    piece.text.append(text.substr(0, dollar));
    text.remove_prefix(dollar);
    if (text.empty()) break;
    text.remove_prefix(1);
    const std::string_view name = NameAt(text);
    if (name.empty()) {
      piece.text.push_back('$');
      if (text.starts_with('$')) text.remove_prefix(1);
      continue;
    }
    piece.fact = FactOf(name);
    if (!piece.fact) {
      result.unknown = name;
      return result;
    }
    result.pieces.push_back(std::exchange(piece, {}));
    text.remove_prefix(name.size());
  }
  if (!piece.text.empty()) result.pieces.push_back(std::move(piece));
  return result;
}

std::vector<TextPiece> ParsePage(std::string_view text) {
  std::vector<TextPiece> pieces;
  TextPiece piece;
  while (!text.empty()) {
    const std::size_t dollar = std::min(text.find('$'), text.size());
    piece.text.append(text.substr(0, dollar));
    text.remove_prefix(dollar);
    const std::string_view name = text.empty() ? text : NameAt(text.substr(1));
    piece.fact = FactOf(name);
    const std::size_t size = std::min(text.size(), name.size() + 1);
    if (piece.fact) {
      pieces.push_back(std::exchange(piece, {}));
    } else {
      piece.text.append(text.substr(0, size));
    }
    text.remove_prefix(size);
  }
  if (!piece.text.empty()) pieces.push_back(std::move(piece));
  return pieces;
}

bool Has(const std::vector<TextPiece>& pieces, Fact fact) {
  return std::any_of(pieces.begin(), pieces.end(),
                     [&](const TextPiece& piece) { return piece.fact == fact; });
}

std::string AllVariables() {
  std::string all;
  for (const auto& [name, fact] : kFacts) {
    all.append(all.empty() ? "$" : ", $").append(name);
  }
  return all;
}

}  // namespace tined::config

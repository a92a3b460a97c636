#include "config/reader.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "config/environment.hpp"
#include "config/suggest.hpp"

namespace tined::config {
namespace {

/// What stands where something else should.
std::string Found(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a map";
    default:
      return Quoted(node.text);
  }
}

/// The place of a value; where there is none, that of its key.
Mark PlaceOf(const Node& node) {
  return node.kind == Node::Kind::null && !node.key.empty() ? node.key_where : node.where;
}

bool Contains(const std::vector<std::string_view>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

void Findings::Refuse(std::string_view key, std::string text) const {
  const Node* const node = map_.Find(key);
  source_.Refuse(node == nullptr ? map_.where : node->where, std::move(text));
}

const Node* Reader::Take(std::string_view key) {
  known_.push_back(key);
  return map_.Find(key);
}

std::vector<const Node*> ItemsOf(const Node& node) {
  std::vector<const Node*> items;
  if (node.kind != Node::Kind::list) return {&node};
  for (const Node& item : node.children) items.push_back(&item);
  return items;
}

std::optional<std::string> Reader::Text(std::string_view key, const Node& node,
                                        const std::string& expected) const {
  if (node.kind != Node::Kind::scalar) {
    RefuseValue(key, node, expected, Found(node), {});
    return std::nullopt;
  }
  Expanded expanded = Expand(node.text, FromEnvironment);
  if (expanded.error.empty()) return std::move(expanded.text);
  source_.Refuse(node.where, fmt::format("{}: {}", Quoted(key), expanded.error));
  return std::nullopt;
}

void Reader::RefuseValue(std::string_view key, const Node& node, const std::string& expected,
                         const std::string& found, const std::string& hint) const {
  source_.Refuse(PlaceOf(node), fmt::format("{} must be {}, not {}{}", Quoted(key), expected, found,
                                            hint.empty() ? "" : fmt::format(" ({})", hint)));
}

void Reader::RefuseSecond(const Node& first, const Node& second) const {
  source_.Refuse(second.key_where,
                 fmt::format("{} and {} exclude each other: exactly one of {} answers a route",
                             Quoted(first.key), Quoted(second.key), Joined(alternatives_)));
}

bool Reader::IsLater(std::string_view key) const { return Contains(later_, key); }

std::optional<std::string_view> Reader::RefuseUnknown(const Node& node) {
  const std::string hint = DidYouMean(node.key, known_);
  source_.Refuse(node.key_where,
                 fmt::format("unknown key {}; allowed: {}{}", Quoted(node.key),
                             Joined(known_, ", "), hint.empty() ? "" : fmt::format(" ({})", hint)));
  return Nearest(node.key, known_);
}

void Reader::Finish() {
  // A required key that was only misspelt is not missing as well.
  std::vector<std::string_view> meant;
  bool is_answered = has_alternative_ || alternatives_.empty();
  for (const Node& node : map_.children) {
    if (Contains(known_, node.key)) continue;
    if (IsLater(node.key)) {
      is_answered = true;
      source_.Refuse(node.key_where,
                     Quoted(node.key) + " is not available in this version yet; remove it");
    } else if (const auto nearest = RefuseUnknown(node)) {
      meant.push_back(*nearest);
      is_answered = is_answered || Contains(alternatives_, *nearest);
    }
  }
  for (const auto& [key, expected] : missing_) {
    if (Contains(meant, key)) continue;
    source_.Refuse(map_.where, fmt::format("{} is missing: {}", Quoted(key), expected));
  }
  if (!is_answered) {
    source_.Refuse(map_.where, fmt::format("nothing answers this route; it needs one of {}",
                                           Joined(alternatives_)));
  }
}

Origin OriginOf(const std::string& file) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(file, error);
  return {file, error ? "." : whole.parent_path().native()};
}

bool IsMapOfKeys(const Node& root, const Source& source) {
  if (root.kind == Node::Kind::map || root.kind == Node::Kind::null) return true;
  source.Refuse(root.where,
                "a configuration is a map of keys such as `listeners:`, not " + Found(root));
  return false;
}

std::vector<const Node*> Maps(std::string_view key, const Node& node, std::string_view example,
                              const Source& source) {
  if (node.kind == Node::Kind::null) return {};
  if (node.kind == Node::Kind::list) return ItemsOf(node);
  source.Refuse(node.where, fmt::format("{} must be a list of maps such as {}, not {}", Quoted(key),
                                        Quoted("- " + std::string(example)), Found(node)));
  return node.kind == Node::Kind::map ? ItemsOf(node) : std::vector<const Node*>();
}

bool IsMap(const Node& node, std::string_view name, std::string_view example,
           const Source& source) {
  if (node.kind == Node::Kind::map || node.kind == Node::Kind::null) return true;
  source.Refuse(
      node.where,
      fmt::format("{} must be a map such as {}, not {}",
                  node.key.empty() ? fmt::format("an item of {}", Quoted(name)) : Quoted(name),
                  Quoted(example), Found(node)));
  return false;
}

}  // namespace tined::config

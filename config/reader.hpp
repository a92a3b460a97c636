// The visitor that reads a section of the model from a map of the document. What is wrong is added
// to the source's problems and leaves the default in place; reading goes on, so that one run finds
// everything.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "config/document.hpp"
#include "config/sections.hpp"
#include "config/setting.hpp"

namespace tined::config {

/// The origin of values in `file`: relative paths start from its directory.
Origin OriginOf(const std::string& file);

/// One file being read, and where its problems go.
struct Source {
  Origin origin;
  std::vector<Problem>& problems;

  [[nodiscard]] Position PositionOf(Mark mark) const {
    return {origin.file, mark.line, mark.column};
  }
  void Refuse(Mark where, std::string text) const {
    problems.push_back({PositionOf(where), std::move(text)});
  }
};

/// What a check across the keys of a section works with.
class Findings {
 public:
  Findings(const Node& map, const Source& source, std::size_t problems_before)
      : map_(map), source_(source), problems_before_(problems_before) {}

  [[nodiscard]] bool has_problems() const { return source_.problems.size() > problems_before_; }
  [[nodiscard]] bool Has(std::string_view key) const { return map_.Find(key) != nullptr; }
  /// Refuses the value of `key`, or the section when the key is not written.
  void Refuse(std::string_view key, std::string text) const;

 private:
  const Node& map_;
  const Source& source_;
  std::size_t problems_before_;
};

// Checks across keys, run when the section has been read (checks.cpp).
void CheckSection(Restart& restart, const Findings& findings);
void CheckSection(Respond& respond, const Findings& findings);
void CheckSection(Static& files, const Findings& findings);
void CheckSection(Module& module, const Findings& findings);
void CheckSection(Program& program, const Findings& findings);
void CheckSection(FastCgi& fastcgi, const Findings& findings);
void CheckSection(Match& match, const Findings& findings);
void CheckSection(Route& route, const Findings& findings);
void CheckSection(RateLimit& rate, const Findings& findings);
void CheckSection(RouteLimits& limits, const Findings& findings);
void CheckSection(Auth& auth, const Findings& findings);
void CheckSection(Access& access, const Findings& findings);
void CheckSection(Headers& headers, const Findings& findings);
void CheckSection(Cache& cache, const Findings& findings);
void CheckSection(Compress& compress, const Findings& findings);
void CheckSection(Errors& errors, const Findings& findings);
void CheckSection(Cors& cors, const Findings& findings);
void CheckSection(Tls& tls, const Findings& findings);
void CheckSection(Listener& listener, const Findings& findings);
void CheckSection(Config& config, const Findings& findings);

/// Reads `node` into `section`; `name` is what messages call it.
template <typename S>
void ReadSection(const Node& node, std::string_view name, S& section, const Source& source);

/// The items of a list; what is no list is the only item.
std::vector<const Node*> ItemsOf(const Node& node);

/// True when the whole document is a map, or empty; else that is a problem.
bool IsMapOfKeys(const Node& root, const Source& source);

/// True when a section can be read from `node`; else that is a problem.
bool IsMap(const Node& node, std::string_view name, std::string_view example, const Source& source);

/// The items of a list of sections. Anything else is a problem, unless it is nothing at all; a map
/// is read as the only item even so, for what else may be wrong in it.
std::vector<const Node*> Maps(std::string_view key, const Node& node, std::string_view example,
                              const Source& source);

class Reader {
 public:
  /// Both are borrowed. `map` is a map or null.
  Reader(const Node& map, const Source& source) : map_(map), source_(source) {}

  template <typename V, typename R>
  void operator()(std::string_view key, V& value, const R& rule, std::string_view) {
    if (const Node* node = Take(key)) ReadValue(key, *node, value, rule);
  }

  template <typename V, typename R>
  void Required(std::string_view key, V& value, const R& rule, std::string_view) {
    if (const Node* node = Take(key)) {
      ReadValue(key, *node, value, rule);
    } else {
      missing_.emplace_back(key, rule.Expected());
    }
  }

  template <typename V, typename R>
  void List(std::string_view key, std::vector<V>& values, const R& rule, std::string_view) {
    const Node* const node = Take(key);
    if (node == nullptr) return;
    values.clear();
    for (const Node* item : ItemsOf(*node)) {
      V value{};
      if (!ReadValue(key, *item, value, rule)) continue;
      if (std::find(values.begin(), values.end(), value) != values.end()) {
        source_.Refuse(item->where, Quoted(key) + " lists " + Quoted(item->text) + " twice");
        continue;
      }
      values.push_back(std::move(value));
    }
  }

  template <typename V, typename R>
  void RequiredList(std::string_view key, std::vector<V>& values, const R& rule,
                    std::string_view about) {
    const std::size_t problems_before = source_.problems.size();
    List(key, values, rule, about);
    const bool is_empty = values.empty() && source_.problems.size() == problems_before;
    if (is_empty) missing_.emplace_back(key, rule.Expected());
  }

  template <typename S>
  void Section(std::string_view key, S& section) {
    if (const Node* node = Take(key)) ReadSection(*node, key, section, source_);
  }

  template <typename S>
  void Optional(std::string_view key, std::optional<S>& section) {
    if (const Node* node = Take(key)) ReadSection(*node, key, section.emplace(), source_);
  }

  template <typename S>
  void Switched(std::string_view key, std::optional<S>& section, std::string_view word) {
    const Node* const node = Take(key);
    if (node == nullptr) return;
    if (node->kind != Node::Kind::scalar) {
      return ReadSection(*node, key, section.emplace(), source_);
    }
    const std::string expected =
        fmt::format("a map such as {}, or {}", Quoted(Layout<S>::kExample), Quoted(word));
    const std::optional<std::string> text = Text(key, *node, expected);
    if (text == word) return section.reset();
    if (text) RefuseValue(key, *node, expected, Quoted(*text), {});
  }

  template <typename S>
  void Sections(std::string_view key, std::vector<S>& sections, std::string_view) {
    const Node* const node = Take(key);
    if (node == nullptr) return;
    for (const Node* item : Maps(key, *node, Layout<S>::kExample, source_)) {
      ReadSection(*item, key, sections.emplace_back(), source_);
    }
  }

  template <typename S>
  void RequiredSections(std::string_view key, std::vector<S>& sections, std::string_view about) {
    const std::size_t problems_before = source_.problems.size();
    Sections(key, sections, about);
    const bool is_empty = sections.empty() && source_.problems.size() == problems_before;
    if (is_empty)
      missing_.emplace_back(key, fmt::format("a list such as [{}]", Layout<S>::kExample));
  }

  template <typename... S>
  void OneOf(std::variant<S...>& variant) {
    alternatives_ = {Layout<S>::kKey...};
    const Node* first = nullptr;
    (ReadAlternative<S>(variant, first), ...);
    has_alternative_ = first != nullptr;
  }

  template <typename R>
  void Tree(std::string_view key, Setting& setting, const R&, std::string_view) {
    const Node* const node = Take(key);
    if (node == nullptr) return;
    setting = ReadSetting(*node, source_);
    if constexpr (requires { R::kHasPaths; }) {
      for (Setting& item : setting.items) item.text = Resolved(item.text, source_.origin);
    }
  }

  void Later(std::initializer_list<std::string_view> keys) { later_ = keys; }

  void Where(std::string_view key, Position& position) const {
    const Node* const node = map_.Find(key);
    position = source_.PositionOf(node == nullptr ? map_.where : node->where);
  }
  void Whole(Position& position) const { position = source_.PositionOf(map_.where); }

  /// Refuses after the visit the keys that nothing asked for, and the lack of those required.
  void Finish();

 private:
  /// The value of `key`, which now counts as known.
  const Node* Take(std::string_view key);
  /// The text of a scalar, variables replaced; none, and a problem, when there is none.
  std::optional<std::string> Text(std::string_view key, const Node& node,
                                  const std::string& expected) const;
  void RefuseValue(std::string_view key, const Node& node, const std::string& expected,
                   const std::string& found, const std::string& hint) const;
  void RefuseSecond(const Node& first, const Node& second) const;
  /// The known key that an unknown one was meant to be.
  std::optional<std::string_view> RefuseUnknown(const Node& node);
  [[nodiscard]] bool IsLater(std::string_view key) const;

  template <typename V, typename R>
  bool ReadValue(std::string_view key, const Node& node, V& value, const R& rule) const {
    if constexpr (requires { rule.takes_nothing; }) {
      if (rule.takes_nothing && node.kind == Node::Kind::null) {
        value = V{};
        return true;
      }
    }
    const std::string expected = rule.Expected();
    const std::optional<std::string> text = Text(key, node, expected);
    if (!text) return false;
    auto reading = rule.Read(*text, source_.origin);
    if (!reading.value) {
      RefuseValue(key, node, expected, Quoted(*text), reading.hint);
    } else if constexpr (std::is_arithmetic_v<V>) {
      value = static_cast<V>(*reading.value);
    } else {
      value = std::move(*reading.value);
    }
    return reading.value.has_value();
  }

  template <typename S, typename Variant>
  void ReadAlternative(Variant& variant, const Node*& first) {
    const Node* const node = Take(Layout<S>::kKey);
    if (node == nullptr) return;
    S section;
    ReadSection(*node, Layout<S>::kKey, section, source_);
    if (first == nullptr) {
      variant = std::move(section);
      first = node;
    } else {
      RefuseSecond(*first, *node);
    }
  }

  const Node& map_;
  const Source& source_;
  std::vector<std::string_view> known_;
  std::vector<std::string_view> later_;
  std::vector<std::pair<std::string_view, std::string>> missing_;  ///< key, what is expected
  std::vector<std::string_view> alternatives_;
  bool has_alternative_ = false;
};

template <typename S>
void ReadSection(const Node& node, std::string_view name, S& section, const Source& source) {
  if (!IsMap(node, name, Layout<S>::kExample, source)) return;
  const std::size_t problems_before = source.problems.size();
  Reader reader(node, source);
  Layout<S>::Visit(reader, section);
  reader.Finish();
  const Findings findings(node, source, problems_before);
  if constexpr (requires { CheckSection(section, findings); }) CheckSection(section, findings);
}

}  // namespace tined::config

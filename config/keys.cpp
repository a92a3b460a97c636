#include "config/keys.hpp"

#include <initializer_list>
#include <utility>
#include <variant>

#include "config/sections.hpp"

namespace tined::config {
namespace {

class Lister {
 public:
  template <typename V, typename R>
  void operator()(std::string_view key, const V& value, const R& rule) {
    Add(key, rule).default_text = WrittenBy(rule, value);
  }
  template <typename V, typename R>
  void operator()(std::string_view key, const std::optional<V>& value, const R& rule) {
    KeyInfo& info = Add(key, rule);
    if (value) info.default_text = WrittenBy(rule, *value);
  }
  template <typename V, typename R>
  void Required(std::string_view key, const V&, const R& rule) {
    Add(key, rule).is_required = true;
  }
  template <typename V, typename R>
  void List(std::string_view key, const std::vector<V>& values, const R& rule) {
    KeyInfo& info = Add(key, rule);
    info.is_list = true;
    std::string items;
    for (const V& value : values)
      items.append(items.empty() ? "" : ", ").append(WrittenBy(rule, value));
    info.default_text = "[" + items + "]";
  }
  template <typename S>
  void Section(std::string_view key, const S& section) {
    AddKey(key).is_section = true;
    const std::string outer = std::exchange(prefix_, prefix_ + std::string(key) + ".");
    Layout<S>::Visit(*this, section);
    prefix_ = outer;
  }
  template <typename S>
  void Optional(std::string_view key, const std::optional<S>&) {
    Section(key, S());
  }
  template <typename S>
  void Sections(std::string_view key, const std::vector<S>&) {
    Section(key, S());
  }
  template <typename... S>
  void OneOf(const std::variant<S...>&) {
    (Section(Layout<S>::kKey, S()), ...);
  }
  void Tree(std::string_view key, const Setting&, std::string_view expected) {
    KeyInfo& info = AddKey(key);
    info.expected = expected;
    info.is_tree = true;
  }
  void Later(std::initializer_list<std::string_view> names) {
    for (const std::string_view key : names) later.push_back(prefix_ + std::string(key));
  }
  void Where(std::string_view, const Position&) const {}
  void Whole(const Position&) const {}

  std::vector<KeyInfo> keys;
  std::vector<std::string> later;

 private:
  KeyInfo& AddKey(std::string_view key) {
    keys.emplace_back().path = prefix_ + std::string(key);
    return keys.back();
  }

  template <typename R>
  KeyInfo& Add(std::string_view key, const R& rule) {
    KeyInfo& info = AddKey(key);
    info.expected = rule.Expected();
    if constexpr (requires { rule.Words(); }) {
      for (const std::string_view word : rule.Words()) info.words.emplace_back(word);
    }
    if constexpr (requires { rule.Allowed(); }) {
      info.allowed = rule.Allowed();
    } else if constexpr (requires { rule.least; }) {
      info.least = rule.least;
      info.most = rule.most;
    }
    return info;
  }

  std::string prefix_;
};

Lister ListAll() {
  Lister lister;
  const Config defaults;
  Layout<Config>::Visit(lister, defaults);
  return lister;
}

}  // namespace

std::vector<KeyInfo> Keys() { return ListAll().keys; }

std::vector<std::string> LaterKeys() { return ListAll().later; }

}  // namespace tined::config

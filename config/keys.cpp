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
  void operator()(std::string_view key, const V& value, const R& rule, std::string_view about) {
    Add(key, rule, about).default_text = DefaultText(rule, value);
  }
  template <typename V, typename R>
  void Required(std::string_view key, const V&, const R& rule, std::string_view about) {
    Add(key, rule, about).is_required = true;
  }
  template <typename V, typename R>
  void List(std::string_view key, const std::vector<V>& values, const R& rule,
            std::string_view about) {
    KeyInfo& info = Add(key, rule, about);
    info.is_list = true;
    std::string items;
    for (const V& value : values)
      items.append(items.empty() ? "" : ", ").append(WrittenBy(rule, value));
    info.default_text = "[" + items + "]";
  }
  template <typename V, typename R>
  void RequiredList(std::string_view key, const std::vector<V>& values, const R& rule,
                    std::string_view about) {
    List(key, values, rule, about);
    keys.back().is_required = true;
  }
  template <typename S>
  void Section(std::string_view key, const S& section) {
    AddKey(key, Layout<S>::kAbout).is_section = true;
    const std::string outer = std::exchange(prefix_, prefix_ + std::string(key) + ".");
    Layout<S>::Visit(*this, section);
    prefix_ = outer;
  }
  template <typename S>
  void Optional(std::string_view key, const std::optional<S>&) {
    Section(key, S());
  }
  template <typename S>
  void Switched(std::string_view key, const std::optional<S>&, std::string_view) {
    Section(key, S());
  }
  template <typename S>
  void Sections(std::string_view key, const std::vector<S>&, std::string_view) {
    Section(key, S());
  }
  template <typename S>
  void RequiredSections(std::string_view key, const std::vector<S>&, std::string_view) {
    const std::size_t place = keys.size();
    Section(key, S());
    keys[place].is_required = true;
  }
  template <typename... S>
  void OneOf(const std::variant<S...>&) {
    (Section(Layout<S>::kKey, S()), ...);
  }
  template <typename R>
  void Tree(std::string_view key, const Setting&, const R&, std::string_view about) {
    KeyInfo& info = AddKey(key, about);
    info.expected = R::kExpected;
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
  KeyInfo& AddKey(std::string_view key, std::string_view about) {
    KeyInfo& info = keys.emplace_back();
    info.path = prefix_ + std::string(key);
    info.about = about;
    return info;
  }

  template <typename R>
  KeyInfo& Add(std::string_view key, const R& rule, std::string_view about) {
    KeyInfo& info = AddKey(key, about);
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

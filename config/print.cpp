#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <variant>
#include <vector>

#include "base/characters.hpp"
#include "config/environment.hpp"
#include "config/loader.hpp"
#include "config/sections.hpp"

namespace tined::config {
namespace {

/// True when no YAML reader, of any version, takes `text` for anything but text.
bool IsPlain(std::string_view text) {
  constexpr std::array<std::string_view, 7> kMeaningful = {"null", "true", "false", "yes",
                                                           "no",   "on",   "off"};
  const auto is_safe = [](char c) {
    return IsLetterOrDigit(c) || c == '_' || c == '/' || c == '.' || c == '-' || c == ':';
  };
  const auto is_start = [](char c) { return IsLower(c) || IsUpper(c) || c == '/'; };
  std::string folded(text);
  std::transform(folded.begin(), folded.end(), folded.begin(), ToLower);
  return !text.empty() && is_start(text.front()) && !text.ends_with(':') &&
         std::all_of(text.begin(), text.end(), is_safe) &&
         std::find(kMeaningful.begin(), kMeaningful.end(), folded) == kMeaningful.end();
}

/// `text` as YAML, quoted where it has to be. JSON's strings are YAML's.
std::string Quote(std::string_view text) {
  if (IsPlain(text)) return std::string(text);
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// `text` as a scalar that reads back as the same text.
std::string Scalar(std::string_view text) { return Quote(Unexpanded(text)); }

/// A setting in one line, of the same kind when it is read again.
std::string Flow(const Setting& setting) {
  const bool is_map = setting.kind == Setting::Kind::map;
  switch (setting.kind) {
    case Setting::Kind::null:
      return "null";
    case Setting::Kind::string:
      return Scalar(setting.text);
    case Setting::Kind::list:
    case Setting::Kind::map:
      break;
    default:
      return setting.text;
  }
  std::string items;
  for (const Setting& item : setting.items) {
    items.append(items.empty() ? "" : ", ");
    if (is_map) items.append(Quote(item.key)).append(": ");
    items.append(Flow(item));
  }
  return is_map ? "{" + items + "}" : "[" + items + "]";
}

template <typename V, typename R>
std::string ValueText(const V& value, const R& rule) {
  const std::string text = WrittenBy(rule, value);
  return R::kIsText ? Scalar(text) : text;
}

class Printer {
 public:
  explicit Printer(std::string& out) : out_(out) {}

  template <typename V, typename R>
  void operator()(std::string_view key, const V& value, const R& rule, std::string_view) {
    Line(key, ValueText(value, rule));
  }
  template <typename V, typename R>
  void operator()(std::string_view key, const std::optional<V>& value, const R& rule,
                  std::string_view) {
    if (value) Line(key, ValueText(*value, rule));
  }
  template <typename V, typename R>
  void Required(std::string_view key, const V& value, const R& rule, std::string_view about) {
    (*this)(key, value, rule, about);
  }
  template <typename V, typename R>
  void List(std::string_view key, const std::vector<V>& values, const R& rule, std::string_view) {
    std::string items;
    for (const V& value : values) {
      items.append(items.empty() ? "" : ", ").append(ValueText(value, rule));
    }
    Line(key, "[" + items + "]");
  }
  template <typename V, typename R>
  void RequiredList(std::string_view key, const std::vector<V>& values, const R& rule,
                    std::string_view about) {
    List(key, values, rule, about);
  }
  template <typename S>
  void Section(std::string_view key, const S& section) {
    Line(key, {});
    Nested(section);
  }
  template <typename S>
  void Optional(std::string_view key, const std::optional<S>& section) {
    if (section) Section(key, *section);
  }
  template <typename S>
  void Switched(std::string_view key, const std::optional<S>& section, std::string_view word) {
    section ? Section(key, *section) : Line(key, std::string(word));
  }
  template <typename S>
  void Sections(std::string_view key, const std::vector<S>& sections, std::string_view) {
    Line(key, sections.empty() ? "[]" : "");
    indent_ += 2;
    for (const S& section : sections) {
      is_item_ = true;
      Nested(section);
    }
    indent_ -= 2;
  }
  template <typename S>
  void RequiredSections(std::string_view key, const std::vector<S>& sections,
                        std::string_view about) {
    Sections(key, sections, about);
  }
  template <typename... S>
  void OneOf(const std::variant<S...>& variant) {
    std::visit(
        [this](const auto& section) {
          this->Section(Layout<std::decay_t<decltype(section)>>::kKey, section);
        },
        variant);
  }
  template <typename R>
  void Tree(std::string_view key, const Setting& setting, const R&, std::string_view) {
    if (setting.kind != Setting::Kind::null) Line(key, Flow(setting));
  }
  void Later(std::initializer_list<std::string_view>) const {}
  void Where(std::string_view, const Position&) const {}
  void Whole(const Position&) const {}

 private:
  template <typename S>
  void Nested(const S& section) {
    indent_ += 2;
    Layout<S>::Visit(*this, section);
    indent_ -= 2;
  }

  /// "  key: value"; the first line of a list's item has its dash in the indentation.
  void Line(std::string_view key, const std::string& value) {
    std::string margin(indent_, ' ');
    if (is_item_) margin[indent_ - 2] = '-';
    is_item_ = false;
    out_.append(margin).append(key).append(value.empty() ? ":" : ": ").append(value).append("\n");
  }

  std::string& out_;
  std::size_t indent_ = 0;
  bool is_item_ = false;
};

}  // namespace

std::string Print(const Config& config) {
  std::string out = "# The effective configuration, every default filled in.\n";
  Printer printer(out);
  Layout<Config>::Visit(printer, config);
  return out;
}

}  // namespace tined::config

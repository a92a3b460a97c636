#include "config/schema.hpp"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/characters.hpp"
#include "config/sections.hpp"

namespace tined::config {
namespace {

using Json = nlohmann::ordered_json;

Json Reference(const char* definition) {
  return {{"$ref", std::string("#/definitions/") + definition}};
}

/// `text`, written by a rule, as a number or a flag where it is one.
Json ValueOf(const std::string& text, bool is_text) {
  const auto is_of_number = [](char c) { return IsDigit(c) || c == '.'; };
  const bool is_number = !text.empty() && std::all_of(text.begin(), text.end(), is_of_number);
  const bool is_flag = text == "true" || text == "false";
  return !is_text && (is_number || is_flag) ? Json::parse(text) : Json(text);
}

template <typename Words>
Json OneOfWords(const Words& words) {
  Json values = Json::array();
  for (const std::string_view word : words) values.push_back(ValueOf(std::string(word), false));
  return {{"enum", values}};
}

// What values a rule takes: for each kind of rule the forms of them.
using Forms = std::vector<Json>;

Forms FormsOf(const Flag&) { return {{{"type", "boolean"}}}; }
Forms FormsOf(const DurationRange&) { return {Reference("duration")}; }
Forms FormsOf(const SizeRange&) { return {Reference("size")}; }
Forms FormsOf(const AnyText&) { return {{{"type", {"string", "number", "boolean"}}}}; }
Forms FormsOf(const MethodRule& rule) { return {OneOfWords(rule.Words())}; }
template <typename T>
Forms FormsOf(const Choice<T>& rule) {
  return {OneOfWords(rule.Words())};
}
Forms FormsOf(const NumberRange& rule) {
  Forms forms = {{{"type", "integer"}, {"minimum", rule.least}, {"maximum", rule.most}}};
  if (!rule.zero.empty()) forms.push_back({{"enum", {rule.zero}}});
  return forms;
}
Forms FormsOf(const FileMode& rule) {
  return {{{"type", {"string", "integer"}}, {"pattern", rule.kPattern}}};
}
Forms FormsOf(const AddressRule& rule) {
  return {{{"type", "string"}, {"pattern", rule.kPattern}}};
}
Forms FormsOf(const ServerRule& rule) { return {{{"type", "string"}, {"pattern", rule.kPattern}}}; }
Forms FormsOf(const NetworkRule& rule) {
  return {{{"type", "string"}, {"pattern", rule.kPattern}}};
}
Forms FormsOf(const RateRule& rule) { return {{{"type", "string"}, {"pattern", rule.kPattern}}}; }
Forms FormsOf(const TextRule& rule) {
  Forms forms = {{{"type", "string"}}};
  if (!rule.pattern.empty()) forms[0]["pattern"] = rule.pattern;
  if (rule.takes_nothing) forms.push_back({{"type", "null"}});
  return forms;
}

// What a tree of values must be.
Json TreeOf(const AnyTree&) { return Json::object(); }
Json TreeOf(const VariableMap&) {
  return {{"type", {"object", "null"}},
          {"propertyNames", {{"pattern", "^[A-Za-z_][A-Za-z0-9_]*$"}}},
          {"additionalProperties", {{"type", {"string", "number", "boolean", "null"}}}}};
}
const Json kFieldValue = {{"type", {"string", "number", "boolean"}}};
const Json kFieldNames = {{"pattern", "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"}};
Json TreeOf(const FieldMap&) {
  return {
      {"type", "object"}, {"propertyNames", kFieldNames}, {"additionalProperties", kFieldValue}};
}
Json TreeOf(const FieldListMap&) {
  const Json values = {{"type", "array"}, {"items", kFieldValue}};
  return {{"type", "object"},
          {"propertyNames", kFieldNames},
          {"additionalProperties", {{"anyOf", {kFieldValue, values}}}}};
}
Json TreeOf(const PageMap&) {
  return {{"type", "object"},
          {"propertyNames", {{"pattern", "^[45]([0-9][0-9]|xx)$"}}},
          {"additionalProperties", {{"type", "string"}}}};
}
Json TreeOf(const TypeMap&) {
  return {{"type", "object"},
          {"propertyNames", {{"pattern", "^[^./]+$"}}},
          {"additionalProperties", {{"type", "string"}, {"pattern", kMediaType.pattern}}}};
}
Json TreeOf(const AgeMap&) {
  return {{"type", "object"},
          {"propertyNames", {{"pattern", "^[^/ ]+/[^/ ;]+$"}}},
          {"additionalProperties", {{"type", {"string", "integer"}}}}};
}

/// A description; ranges that no keyword of the schema can express are said in words.
template <typename R>
Json Described(std::string_view about, const R& rule) {
  std::string text(about);
  if constexpr (requires { rule.Allowed(); }) text += " Allowed: " + rule.Allowed() + ".";
  return {{"description", text}};
}

/// Exactly one of `keys` is there.
Json ExactlyOne(std::initializer_list<std::string_view> keys) {
  Json choices = Json::array();
  for (const std::string_view key : keys) choices.push_back({{"required", {key}}});
  return choices;
}

template <typename S>
Json SchemaOf();

/// The visitor that makes the schema of one section.
class Describer {
 public:
  template <typename V, typename R>
  void operator()(std::string_view key, const V& value, const R& rule, std::string_view about) {
    const std::string written = DefaultText(rule, value);
    Json& node = Add(key, Described(about, rule));
    if (!written.empty()) node["default"] = ValueOf(written, R::kIsText);
    node["anyOf"] = ValuesOf(rule);
  }
  template <typename V, typename R>
  void Required(std::string_view key, const V&, const R& rule, std::string_view about) {
    Add(key, Described(about, rule))["anyOf"] = ValuesOf(rule);
    required_.push_back(key);
  }
  template <typename V, typename R>
  void List(std::string_view key, const std::vector<V>& values, const R& rule,
            std::string_view about) {
    Json defaults = Json::array();
    for (const V& value : values) defaults.push_back(ValueOf(WrittenBy(rule, value), R::kIsText));
    Json& node = Add(key, Described(about, rule));
    node["default"] = defaults;
    node["anyOf"] = ValuesOf(rule);
    node["anyOf"].push_back(
        {{"type", "array"}, {"uniqueItems", true}, {"items", {{"anyOf", ValuesOf(rule)}}}});
  }
  template <typename V, typename R>
  void RequiredList(std::string_view key, const std::vector<V>& values, const R& rule,
                    std::string_view about) {
    List(key, values, rule, about);
    required_.push_back(key);
  }
  template <typename S>
  void Section(std::string_view key, const S&) {
    Add(key, SchemaOf<S>());
  }
  template <typename S>
  void Optional(std::string_view key, const std::optional<S>&) {
    Add(key, SchemaOf<S>());
  }
  template <typename S>
  void Switched(std::string_view key, const std::optional<S>&, std::string_view word) {
    Json& node = Add(key, SchemaOf<S>());
    // Older readers of YAML take `off` for a flag.
    node["type"] = {"object", "null", "string", "boolean"};
    node["pattern"] = "^" + std::string(word) + "$";
    node["not"] = {{"const", true}};
  }
  template <typename S>
  void Sections(std::string_view key, const std::vector<S>&, std::string_view about) {
    Add(key, {{"description", about}, {"type", {"array", "null"}}, {"items", SchemaOf<S>()}});
  }
  template <typename S>
  void RequiredSections(std::string_view key, const std::vector<S>&, std::string_view about) {
    Add(key,
        {{"description", about}, {"type", "array"}, {"minItems", 1}, {"items", SchemaOf<S>()}});
    required_.push_back(key);
  }
  template <typename... S>
  void OneOf(const std::variant<S...>&) {
    (Add(Layout<S>::kKey, SchemaOf<S>()), ...);
    choices_ = ExactlyOne({Layout<S>::kKey...});
    if (sizeof...(S) > 1)
      choice_ = " Exactly one of " + Joined({Layout<S>::kKey...}, " and ") + ".";
  }
  template <typename R>
  void Tree(std::string_view key, const Setting&, const R& rule, std::string_view about) {
    Add(key, {{"description", about}}).update(TreeOf(rule));
  }
  void Later(std::initializer_list<std::string_view>) const {}
  void Where(std::string_view, const Position&) const {}
  void Whole(const Position&) const {}

  /// The section, once its layout has been visited. One that nothing must be in may be empty.
  template <typename S>
  Json Section() {
    if constexpr (requires { Layout<S>::kNeeded; }) required_.push_back(Layout<S>::kNeeded);
    if constexpr (requires { Layout<S>::kEither; }) {
      choices_ = ExactlyOne({Layout<S>::kEither[0], Layout<S>::kEither[1]});
    }
    Json node = {{"description", std::string(Layout<S>::kAbout) + choice_}};
    node["type"] = "object";
    if (required_.empty() && choices_.empty()) node["type"] = {"object", "null"};
    node["additionalProperties"] = false;
    if (!required_.empty()) node["required"] = required_;
    if (!choices_.empty()) node["oneOf"] = choices_;
    node["properties"] = std::move(properties_);
    return node;
  }

 private:
  Json& Add(std::string_view key, Json node) {
    return properties_[std::string(key)] = std::move(node);
  }
  /// What the key's value may be: what the rule takes, or a variable.
  template <typename R>
  static Json ValuesOf(const R& rule) {
    Json values = FormsOf(rule);
    values.push_back(Reference("variable"));
    return values;
  }

  Json properties_ = Json::object();
  std::vector<std::string_view> required_;
  Json choices_ = Json::array();
  std::string choice_;  ///< the same in words
};

template <typename S>
Json SchemaOf() {
  Describer describer;
  const S defaults;
  Layout<S>::Visit(describer, defaults);
  return describer.Section<S>();
}

Json Definitions() {
  return {
      {"variable",
       {{"description", "A value from the environment: ${NAME} or ${NAME:-default}."},
        {"type", "string"},
        {"pattern", "\\$\\{"}}},
      {"duration",
       {{"description", "100ms, 10s, 5m, 1h"},
        {"anyOf", {{{"type", "string"}, {"pattern", "^([0-9]+(ms|s|m|h)|0)$"}}, {{"const", 0}}}}}},
      {"size",
       {{"description", "512, 16KiB, 1MiB, 1GiB"},
        {"anyOf",
         {{{"type", "string"}, {"pattern", "^[0-9]+(KiB|MiB|GiB)?$"}},
          {{"type", "integer"}, {"minimum", 0}}}}}}};
}

}  // namespace

std::string Schema() {
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"title", "tined configuration"}};
  schema.update(SchemaOf<Config>());
  schema["definitions"] = Definitions();
  return schema.dump(2) + "\n";
}

}  // namespace tined::config

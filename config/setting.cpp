#include "config/setting.hpp"

#include <fmt/format.h>

#include <charconv>

#include "config/environment.hpp"
#include "config/reader.hpp"

namespace tined::config {
namespace {

/// Whether the whole of `text` is a number of the type of `value`, which it then has.
template <typename Number>
bool IsNumber(std::string_view text, Number& value) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

/// from_chars also takes words such as `nan`.
bool LooksNumeric(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789+-.eE") == std::string_view::npos &&
         text.find_first_of("0123456789") != std::string_view::npos;
}

void ReadScalar(const Node& node, const Source& source, Setting& setting) {
  Expanded expanded = Expand(node.text, FromEnvironment);
  if (!expanded.error.empty()) {
    source.Refuse(node.where, fmt::format("{}: {}", Quoted(node.key), expanded.error));
  }
  setting.text = std::move(expanded.text);
  // Between braces a variable can only be written in quotes: they say nothing of its value.
  const bool is_variable = node.text.starts_with("${") && node.text.ends_with("}");
  GiveType(setting, node.is_quoted && !is_variable);
}

}  // namespace

void GiveType(Setting& setting, bool is_quoted) {
  const std::string& text = setting.text;
  setting.kind = Setting::Kind::string;
  if (is_quoted) return;
  if (text == "true" || text == "false") {
    setting.kind = Setting::Kind::boolean;
    setting.boolean = text == "true";
  } else if (LooksNumeric(text) && IsNumber(text, setting.integer)) {
    setting.kind = Setting::Kind::integer;
    setting.real = static_cast<double>(setting.integer);
  } else if (LooksNumeric(text) && IsNumber(text, setting.real)) {
    setting.kind = Setting::Kind::real;
  }
}

Setting ReadSetting(const Node& node, const Source& source) {
  Setting setting;
  setting.key = node.key;
  setting.where = fmt::format("{}:{}:{}", source.origin.file, node.where.line, node.where.column);
  switch (node.kind) {
    case Node::Kind::null:
      break;
    case Node::Kind::scalar:
      ReadScalar(node, source, setting);
      break;
    case Node::Kind::list:
    case Node::Kind::map:
      setting.kind = node.kind == Node::Kind::list ? Setting::Kind::list : Setting::Kind::map;
      for (const Node& child : node.children) {
        setting.items.push_back(ReadSetting(child, source));
      }
  }
  return setting;
}

}  // namespace tined::config

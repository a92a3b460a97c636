// `settings:` of a module, as its constructor reads them. Part of module.hpp. All of it is for the
// thread that runs the constructor; what is wrong is thrown with its place in the file.
#pragma once

#include <tined/module.h>
#include <tined/context.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tined {

/// A setting that is not what it should be; says where it stands.
class SettingsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A node of `settings:`. Valid while the module's constructor runs.
class Settings {
 public:
  explicit Settings(const tined_settings* node) noexcept : node_(node) {}

  [[nodiscard]] std::int32_t kind() const { return detail::host->settings_kind(node_); }
  [[nodiscard]] bool is_map() const { return kind() == TINED_MAP; }
  [[nodiscard]] bool is_list() const { return kind() == TINED_LIST; }
  [[nodiscard]] bool is_null() const { return kind() == TINED_NULL; }
  /// "tined.yaml:12:30".
  [[nodiscard]] std::string where() const { return std::string(View(host().settings_where)); }
  /// The key that this node is the value of.
  [[nodiscard]] std::string key() const { return std::string(View(host().settings_key)); }

  /// The items of a list, the values of a map.
  [[nodiscard]] std::vector<Settings> Items() const {
    std::vector<Settings> items;
    const std::size_t count = host().settings_count(node_);
    for (std::size_t i = 0; i < count; ++i) items.emplace_back(host().settings_at(node_, i));
    return items;
  }
  /// The value of `key` in this map.
  [[nodiscard]] std::optional<Settings> Find(std::string_view key) const {
    const tined_settings* const found = host().settings_find(node_, detail::Text(key));
    return found == nullptr ? std::nullopt : std::optional(Settings(found));
  }

  // This node's own value. Throws SettingsError when it is of another kind.
  [[nodiscard]] bool AsBoolean() const {
    Require(TINED_BOOLEAN, "true or false");
    return host().settings_boolean(node_) != 0;
  }
  [[nodiscard]] std::int64_t AsInteger() const {
    Require(TINED_INTEGER, "an integer");
    return host().settings_integer(node_);
  }
  [[nodiscard]] double AsReal() const {
    if (kind() != TINED_INTEGER) Require(TINED_REAL, "a number");
    return host().settings_real(node_);
  }
  /// Any scalar, as it is written.
  [[nodiscard]] std::string AsText() const {
    if (is_map() || is_list() || is_null()) Refuse("a text");
    return std::string(View(host().settings_text));
  }

  // The value of `key`, or `otherwise` when it is not there.
  [[nodiscard]] bool Boolean(std::string_view key, bool otherwise) const {
    const std::optional<Settings> found = Find(key);
    return found ? found->AsBoolean() : otherwise;
  }
  [[nodiscard]] std::int64_t Integer(std::string_view key, std::int64_t otherwise) const {
    const std::optional<Settings> found = Find(key);
    return found ? found->AsInteger() : otherwise;
  }
  [[nodiscard]] double Real(std::string_view key, double otherwise) const {
    const std::optional<Settings> found = Find(key);
    return found ? found->AsReal() : otherwise;
  }
  [[nodiscard]] std::string Text(std::string_view key, std::string_view otherwise) const {
    const std::optional<Settings> found = Find(key);
    return found ? found->AsText() : std::string(otherwise);
  }

  /// Refuses every key but these: a misspelt one would be overlooked.
  void Allow(std::initializer_list<std::string_view> keys) const {
    if (!is_map() && !is_null()) Refuse("a map");
    for (const Settings& item : Items()) {
      bool is_known = false;
      std::string known;
      for (const std::string_view key : keys) {
        is_known = is_known || key == item.key();
        known.append(known.empty() ? "" : ", ").append(key);
      }
      if (!is_known) {
        throw SettingsError(item.where() + ": unknown setting `" + item.key() +
                            "`; allowed: " + known);
      }
    }
  }

  /// Throws SettingsError: this node "must be <expected>".
  [[noreturn]] void Refuse(std::string_view expected) const {
    const std::string text(View(host().settings_text));
    throw SettingsError(where() + ": " + (key().empty() ? "this" : "`" + key() + "`") +
                        " must be " + std::string(expected) +
                        (text.empty() ? "" : ", not `" + text + "`"));
  }

 private:
  [[nodiscard]] static const tined_host& host() noexcept { return *detail::host; }
  [[nodiscard]] std::string_view View(tined_text (*get)(const tined_settings*)) const {
    return detail::View(get(node_));
  }
  void Require(std::int32_t wanted, std::string_view expected) const {
    if (kind() != wanted) Refuse(expected);
  }

  const tined_settings* node_;
};

}  // namespace tined

// How the text of a value becomes the value, and back: one small type for each kind of value. A
// rule says what it expects, for messages, and reads nothing but the text and where it stands.
// Pure values, any thread.
//
// Every rule R for values of type V has
//   std::string Expected() const;                          // "a duration from 100ms to 1h, ..."
//   Reading<V> Read(std::string_view, const Origin&) const;
//   std::string Write(V) const;                            // what Read reads back
// and kIsText: whether values are any text, to be quoted where it could be mistaken for a number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/model.hpp"
#include "config/problem.hpp"
#include "config/suggest.hpp"
#include "config/units.hpp"

namespace tined::config {

/// What a rule needs to know beside the text.
struct Origin {
  std::string file;       ///< for messages
  std::string directory;  ///< what relative paths start from
};

struct Flag {
  static constexpr bool kIsText = false;
  [[nodiscard]] std::string Expected() const { return "true or false"; }
  [[nodiscard]] Reading<bool> Read(std::string_view text, const Origin& origin) const;
  [[nodiscard]] std::string Write(bool value) const { return value ? "true" : "false"; }
};

struct NumberRange {
  static constexpr bool kIsText = false;
  std::uint64_t least;
  std::uint64_t most;
  std::string_view zero = {};  ///< a word that stands for 0, which may lie outside of the range
  [[nodiscard]] std::string Expected() const;
  [[nodiscard]] Reading<std::uint64_t> Read(std::string_view text, const Origin& origin) const;
  [[nodiscard]] std::string Write(std::uint64_t value) const;
};

struct DurationRange {
  static constexpr bool kIsText = false;
  Duration least;
  Duration most;
  bool or_zero = false;
  [[nodiscard]] std::string Allowed() const;  ///< "100ms to 1h", "0, or 100ms to 1h"
  [[nodiscard]] std::string Expected() const;
  [[nodiscard]] Reading<Duration> Read(std::string_view text, const Origin& origin) const;
  [[nodiscard]] std::string Write(Duration value) const { return FormatDuration(value); }
};

struct SizeRange {
  static constexpr bool kIsText = false;
  Bytes least;
  Bytes most;
  [[nodiscard]] std::string Allowed() const;  ///< "1KiB to 1MiB"
  [[nodiscard]] std::string Expected() const;
  [[nodiscard]] Reading<Bytes> Read(std::string_view text, const Origin& origin) const;
  [[nodiscard]] std::string Write(Bytes value) const { return FormatSize(value); }
};

/// One of a few words, each with its meaning.
template <typename T>
struct Choice {
  static constexpr bool kIsText = false;
  std::vector<std::pair<std::string_view, T>> meanings;
  std::vector<std::string_view> later = {};  ///< words that a later version will take

  [[nodiscard]] std::vector<std::string_view> Words() const {
    std::vector<std::string_view> words;
    for (const auto& [word, meaning] : meanings) words.push_back(word);
    return words;
  }
  [[nodiscard]] std::string Expected() const { return Joined(Words()); }
  [[nodiscard]] Reading<T> Read(std::string_view text, const Origin&) const {
    for (const auto& [word, meaning] : meanings) {
      if (word == text) return {meaning, {}};
    }
    for (const std::string_view word : later) {
      if (word == text) return {std::nullopt, "not available in this version yet"};
    }
    return {std::nullopt, DidYouMean(text, Words())};
  }
  [[nodiscard]] std::string Write(T value) const {
    for (const auto& [word, meaning] : meanings) {
      if (meaning == value) return std::string(word);
    }
    return {};
  }
};

/// The permissions of a file: three octal digits, with or without a zero in front.
struct FileMode {
  static constexpr bool kIsText = true;
  static constexpr std::string_view kPattern = "^(0o?)?[0-7]{3}$";
  std::uint32_t otherwise;  ///< in effect where the key may be given and is not
  [[nodiscard]] std::string Expected() const;
  [[nodiscard]] Reading<std::uint32_t> Read(std::string_view text, const Origin& origin) const;
  [[nodiscard]] std::string Write(std::uint32_t value) const;
};

/// Where a listener listens. Equal addresses become equal texts: localhost, and the many ways of
/// writing an IPv6 address, are resolved.
struct AddressRule {
  static constexpr bool kIsText = true;
  static constexpr std::string_view kPattern = "^(.+:[0-9]+|unix:.+|systemd:.+)$";
  [[nodiscard]] std::string Expected() const;
  [[nodiscard]] Reading<Address> Read(std::string_view text, const Origin& origin) const;
  [[nodiscard]] std::string Write(const Address& value) const { return value.text; }
};

/// The address of a server that is asked.
struct ServerRule {
  static constexpr bool kIsText = true;
  static constexpr std::string_view kPattern = "^(.+:[0-9]+|unix:.+)$";
  [[nodiscard]] std::string Expected() const;
  [[nodiscard]] Reading<Address> Read(std::string_view text, const Origin& origin) const;
  [[nodiscard]] std::string Write(const Address& value) const { return value.text; }
};

/// A network, in one spelling; `any_word`: what stands for all clients, or nothing.
struct NetworkRule {
  static constexpr bool kIsText = true;
  static constexpr std::string_view kPattern = "^([0-9a-fA-F.:]+(/[0-9]+)?|unix|all)$";
  std::string_view any_word = {};
  [[nodiscard]] std::string Expected() const;
  [[nodiscard]] Reading<Network> Read(std::string_view text, const Origin& origin) const;
  [[nodiscard]] std::string Write(const Network& value) const;
};

/// So many in a time.
struct RateRule {
  static constexpr bool kIsText = true;
  static constexpr std::string_view kPattern = "^[1-9][0-9]*/[smh]$";
  [[nodiscard]] std::string Expected() const { return "a rate such as 100/s, 10/m or 1000/h"; }
  [[nodiscard]] Reading<Rate> Read(std::string_view text, const Origin& origin) const;
  [[nodiscard]] std::string Write(const Rate& value) const;
};

/// Text of one kind, told by a function.
struct TextRule {
  static constexpr bool kIsText = true;
  std::string_view expected;
  std::string_view pattern;  ///< what editors are told of it (ECMA-262); empty: any text
  Reading<std::string> (*read)(std::string_view text, const Origin& origin);
  bool takes_nothing = false;       ///< a key without a value means an empty text
  const char* otherwise = nullptr;  ///< in effect without the key, where the model cannot say it
  [[nodiscard]] std::string Expected() const { return std::string(expected); }
  [[nodiscard]] Reading<std::string> Read(std::string_view text, const Origin& origin) const {
    return read(text, origin);
  }
  [[nodiscard]] std::string Write(const std::string& value) const { return value; }
};

/// Trees of values that are checked when they have been read (checks.cpp), or by somebody else.
struct AnyTree {
  static constexpr std::string_view kExpected = "any values: the module reads them";
};
struct VariableMap {
  static constexpr std::string_view kExpected = "a map of variables such as {NAME: value}";
};
struct FieldMap {
  static constexpr std::string_view kExpected = "a map of fields such as {X-Name: value}";
};
struct FieldListMap {
  static constexpr std::string_view kExpected = "a map of fields such as {Link: [one, another]}";
};
struct PageMap {
  static constexpr std::string_view kExpected = "a map of pages such as {404: missing.html}";
  static constexpr bool kHasPaths = true;  ///< values are paths, relative to the file
};
struct TypeMap {
  static constexpr std::string_view kExpected = "a map of types such as {wasm: application/wasm}";
};
struct AgeMap {
  static constexpr std::string_view kExpected = "a map of media types such as {image/*: 24h}";
};

/// What `rule` writes for `value`. Rules have numbers in one width, the model in several.
template <typename R, typename V>
std::string WrittenBy(const R& rule, const V& value) {
  using Ruled = typename decltype(rule.Read({}, {}).value)::value_type;
  if constexpr (std::is_arithmetic_v<V>) {
    return rule.Write(static_cast<Ruled>(value));
  } else {
    return rule.Write(value);
  }
}

/// What is in effect without the key whose default is `value`, as in a file; empty when nothing is,
/// or an empty text.
template <typename R, typename V>
std::string DefaultText(const R& rule, const V& value) {
  if constexpr (requires { rule.otherwise; }) {
    if (rule.otherwise != decltype(rule.otherwise)()) return WrittenBy(rule, rule.otherwise);
  }
  if constexpr (requires { value.has_value(); }) {
    return value ? WrittenBy(rule, *value) : std::string();
  } else {
    return WrittenBy(rule, value);
  }
}

/// `path`, from the origin's directory if it is relative.
std::string Resolved(std::string_view path, const Origin& origin);

/// Why `path` cannot be a path of the file system, or nothing.
std::optional<std::string> PathFault(std::string_view path);

}  // namespace tined::config

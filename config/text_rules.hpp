// The kinds of text in a configuration. Each rule refuses what could only fail later: while a
// request is answered, or silently.
#pragma once

#include "config/rules.hpp"

namespace tined::config {

/// Text of any kind; numbers and flags are text here.
struct AnyText {
  static constexpr bool kIsText = true;
  [[nodiscard]] std::string Expected() const { return "text"; }
  [[nodiscard]] Reading<std::string> Read(std::string_view text, const Origin&) const {
    return {std::string(text), {}};
  }
  [[nodiscard]] std::string Write(const std::string& value) const { return value; }
};

/// A method of HTTP that can be answered.
struct MethodRule {
  static constexpr bool kIsText = true;
  [[nodiscard]] const std::vector<std::string_view>& Words() const;
  [[nodiscard]] std::string Expected() const { return Joined(Words()); }
  [[nodiscard]] Reading<std::string> Read(std::string_view text, const Origin& origin) const;
  [[nodiscard]] std::string Write(const std::string& value) const { return value; }
};

extern const TextRule kAccountName;     ///< of a user or group; empty: none
extern const TextRule kListenerName;    ///< fits into the ledger's records
extern const TextRule kPath;            ///< of a file or directory; resolved
extern const TextRule kControlPath;     ///< of a socket; `none` or nothing: empty
extern const TextRule kGroup;           ///< of TLS, for the exchange of keys
extern const TextRule kFieldName;       ///< of an answer's field that may be changed
extern const TextRule kFieldNameOrAny;  ///< of a request's field, or `*`
extern const TextRule kOrigin;          ///< of a page, as Origin fields say it (RFC 6454, 6.2); `*`
extern const TextRule kIndexName;       ///< a file's name in a directory
extern const TextRule kHiddenName;      ///< a name that begins with a dot
extern const TextRule kScriptSuffix;    ///< how names of scripts end
extern const TextRule kCharset;         ///< of a Content-Type; `none`: empty
extern const TextRule kMediaRange;      ///< a media type, or all of a kind: image/*
extern const TextRule kMediaType;       ///< a Content-Type header's value
extern const TextRule kRatePer;         ///< what requests are counted by
extern const TextRule kRealm;           ///< of HTTP Basic; fits between quotes

/// A media type, or all of a kind: image/*.
[[nodiscard]] bool IsMediaRange(std::string_view text);
/// Why the field of that name of an answer cannot be changed; empty: it can.
[[nodiscard]] std::string FieldNameFault(std::string_view name);
/// Why that cannot be the value of a field; empty: it can.
[[nodiscard]] std::string FieldValueFault(std::string_view value);

inline constexpr AnyText kAnyText;
inline constexpr MethodRule kMethod;

}  // namespace tined::config

// The request target (RFC 9112, 3.2) taken apart, its path ready to be matched. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "http/request.hpp"

namespace tined::http {

struct Target {
  /// Decoded, dot segments resolved, repeated slashes one; or "*". An encoded slash, which
  /// separates nothing, stays as it was sent, "%2F".
  std::string_view path;
  bool has_encoded_slash = false;
  std::string_view raw_path;  ///< as sent
  std::string_view query;     ///< as sent
  bool has_query = false;
  std::string_view authority;  ///< of the absolute and the authority form; else empty
  bool is_https = false;       ///< an absolute form of that scheme
};

/// Takes `text` apart; the views point into it, and into `scratch` where the path had to be
/// decoded. False for what no file and no handler may ever see: bytes that belong into no URI, bad
/// percent-encoding, an encoded NUL, a path that leads above the root, a form that the method does
/// not have.
[[nodiscard]] bool ParseTarget(Method method, std::string_view text, Target& target,
                               std::string& scratch);

/// Whether a path, as ParseTarget leaves it, has a dot segment once its encoded slashes are decoded
/// as well: whoever does that takes it for another path than the one its route was found by.
[[nodiscard]] bool HasDotsBesideEncodedSlash(std::string_view path) noexcept;

/// What follows the first `from` bytes of `path`, as programs are told it: decoded and without dot
/// segments, but with its repeated slashes. `raw_path` is the path as sent.
[[nodiscard]] std::string RestWithSlashes(std::string_view raw_path, std::string_view path,
                                          std::size_t from);

}  // namespace tined::http

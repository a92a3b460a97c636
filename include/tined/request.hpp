// An HTTP request, as a module sees it. Part of module.hpp. Read it on the thread that Answer was
// called on.
#pragma once

#include <tined/module.h>
#include <tined/context.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tined {

/// One HTTP request. Valid until Answer returns; so are the views it gives.
class Request {
 public:
  explicit Request(const tined_request* request) noexcept : request_(request) {}
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  [[nodiscard]] std::string_view method() const { return Get(detail::host->request_method); }
  /// The target as it was sent.
  [[nodiscard]] std::string_view target() const { return Get(detail::host->request_target); }
  /// The path, decoded, with dot segments resolved; it begins with '/'. An encoded slash stays as
  /// it was sent, "%2F": "%252F" looks the same here, target() tells them apart.
  [[nodiscard]] std::string_view path() const { return Get(detail::host->request_path); }
  /// The query as it was sent, without the '?'.
  [[nodiscard]] std::string_view query() const { return Get(detail::host->request_query); }
  [[nodiscard]] std::string_view body() const { return Get(detail::host->request_body); }
  /// The client: "127.0.0.1:4711", "[::1]:4711" or "unix"; without port where a proxy that is
  /// trusted tells of it.
  [[nodiscard]] std::string_view peer() const { return Get(detail::host->request_peer); }
  /// Whether the client has come by TLS.
  [[nodiscard]] bool is_secure() const { return Tls(TINED_TLS_VERSION).has_value(); }
  /// What a TINED_TLS_ number asks of its connection (module.h); nothing when there is none.
  [[nodiscard]] std::optional<std::string_view> Tls(int what) const {
    const tined_text value = detail::host->request_tls(request_, what);
    return value.data == nullptr ? std::nullopt : std::optional(detail::View(value));
  }
  /// The user whose password was asked for and is right (`auth`); empty where none is asked for, or
  /// by a tined that knows none (before interface 1.7).
  [[nodiscard]] std::string_view user() const {
    const bool is_known = detail::host->size >=
                          offsetof(tined_host, request_user) + sizeof(detail::host->request_user);
    return is_known ? Get(detail::host->request_user) : std::string_view();
  }
  /// What it is called in logs: 16 hex digits, or what `request_id` of its route has it called.
  [[nodiscard]] std::string_view id() const { return Get(detail::host->request_id); }

  /// The first header of that name, in upper or lower case.
  [[nodiscard]] std::optional<std::string_view> Header(std::string_view name) const {
    const tined_text value = detail::host->request_header(request_, detail::Text(name));
    return value.data == nullptr ? std::nullopt : std::optional(detail::View(value));
  }
  /// All headers in the order they came.
  [[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> Headers() const {
    std::vector<std::pair<std::string_view, std::string_view>> headers;
    const std::size_t count = detail::host->request_header_count(request_);
    for (std::size_t i = 0; i < count; ++i) {
      const tined_header header = detail::host->request_header_at(request_, i);
      headers.emplace_back(detail::View(header.name), detail::View(header.value));
    }
    return headers;
  }

  /// The value of `name` in a query of the form a=1&b=2, its %XX and '+' decoded.
  [[nodiscard]] std::optional<std::string> Parameter(std::string_view name) const {
    std::string_view rest = query();
    while (!rest.empty()) {
      const std::string_view item = rest.substr(0, rest.find('&'));
      rest.remove_prefix(std::min(item.size() + 1, rest.size()));
      const std::size_t equals = std::min(item.find('='), item.size());
      if (Decoded(item.substr(0, equals)) != name) continue;
      return Decoded(item.substr(std::min(equals + 1, item.size())));
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::string_view Get(tined_text (*get)(const tined_request*)) const {
    return detail::View(get(request_));
  }
  static std::string Decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
      unsigned value = 0;
      const char* const digits = text.data() + i + 1;
      if (text[i] == '%' && i + 2 < text.size() &&
          std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
        decoded.push_back(static_cast<char>(value));
        i += 2;
      } else {
        decoded.push_back(text[i] == '+' ? ' ' : text[i]);
      }
    }
    return decoded;
  }

  const tined_request* request_;
};

}  // namespace tined

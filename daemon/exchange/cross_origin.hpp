// Pages of other sites that may use answers (`cors`): the CORS protocol as the Fetch standard has
// it (3.2). Who is let in is the browser's matter; here it is told. Made when a worker starts, then
// constant. Worker's loop thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "answer/answer.hpp"
#include "config/model.hpp"
#include "http/request.hpp"

namespace tined::exchange {

/// Whether a browser asks beforehand if a page may send another request, and with what method.
[[nodiscard]] bool IsPreflight(const http::Request& request) noexcept;
[[nodiscard]] std::string_view AnnouncedMethod(const http::Request& request) noexcept;

class CrossOrigin {
 public:
  explicit CrossOrigin(const config::Cors& cors);

  /// Answers a preflight: 204, or 403 with the reason for a page of another origin.
  void AnswerPreflight(const http::Request& request, answer::Answer& answer) const;
  /// Tells the browser whether the page may see the answer.
  void Apply(const http::Request& request, answer::Answer& answer) const;

 private:
  /// What Access-Control-Allow-Origin says to that page; empty: it is not let in.
  [[nodiscard]] std::string_view AllowedFor(std::string_view origin) const noexcept;
  void AddOrigin(std::string_view allowed, answer::Answer& answer) const;

  std::vector<std::string> origins_;  ///< none: any
  std::string methods_;
  std::string headers_;
  bool takes_any_header_;
  std::string expose_;
  bool with_credentials_;
  std::string max_age_;
};

}  // namespace tined::exchange

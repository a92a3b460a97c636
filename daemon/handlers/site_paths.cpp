#include "handlers/site_paths.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "http/uri_text.hpp"

namespace tined::handlers {

std::optional<std::string> Named(std::string_view candidate, std::string_view path) {
  constexpr std::string_view kPath = "$path";
  if (candidate.starts_with('/')) return std::string(candidate);
  if (!candidate.starts_with(kPath)) return std::nullopt;
  const std::string_view suffix = candidate.substr(kPath.size());
  if (suffix.starts_with('/') && path.ends_with('/')) path.remove_suffix(1);
  const bool has_name = !path.empty() && !path.ends_with('/');
  if (!suffix.empty() && !suffix.starts_with('/') && !has_name) return std::nullopt;
  return std::string(path).append(suffix);
}

void AnswerWithSlash(answer::Exchange& exchange) {
  const http::Request& request = exchange.request;
  std::string_view sent = request.raw_path;
  // Whatever was asked for is shown as a directory without its slash (`rewrite`).
  if (sent.ends_with('/')) return answer::AnswerStatus(exchange, 404);
  sent.remove_prefix(std::min(sent.find_first_not_of('/'), sent.size()));
  std::string line = fmt::format("Location: /{}/", http::KeepUri(sent));
  if (request.has_query) line.append("?").append(http::KeepUri(request.query));
  answer::AnswerStatus(exchange, 301, line.append("\r\n"));
}

}  // namespace tined::handlers

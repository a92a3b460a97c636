#include "http/uri_text.hpp"

#include "http/characters.hpp"

namespace tined::http {

std::string KeepUri(std::string_view written) {
  constexpr std::string_view kKept = "-._~%:/?#[]@!$&'()*+,;=";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string uri;
  uri.reserve(written.size());
  for (const char c : written) {
    if (IsLetterOrDigit(c) || kKept.find(c) != std::string_view::npos) {
      uri.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    uri.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
  }
  return uri;
}

}  // namespace tined::http

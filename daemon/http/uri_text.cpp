#include "http/uri_text.hpp"

#include "base/hex.hpp"

namespace tined::http {

std::string KeepUri(std::string_view written) {
  static constexpr std::string_view kKept = "-._~%:/?#[]@!$&'()*+,;=";
  return PercentEncoded(written, [](char c) {
    return IsLetterOrDigit(c) || kKept.find(c) != std::string_view::npos;
  });
}

}  // namespace tined::http

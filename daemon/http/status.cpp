#include "http/status.hpp"

// Beast's header needs this one and does not include it.
#include <ostream>

#include <boost/beast/http/status.hpp>

namespace tined::http {

std::string_view ReasonPhrase(int status) noexcept {
  namespace beast = boost::beast::http;
  // Names that RFC 9110 has changed since RFC 7231, and codes Beast does not know.
  switch (status) {
    case 413:
      return "Content Too Large";
    case 422:
      return "Unprocessable Content";
    case 425:
      return "Too Early";
    default:
      break;
  }
  if (status < 100 || status > 999) return "Unknown";
  const auto known = beast::int_to_status(static_cast<unsigned>(status));
  if (known == beast::status::unknown) return "Unknown";
  const auto phrase = beast::obsolete_reason(known);
  return {phrase.data(), phrase.size()};
}

}  // namespace tined::http

#include "config/text_rules.hpp"

#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/characters.hpp"
#include "config/text_reading.hpp"

namespace tined::config {
namespace {

constexpr std::size_t kLongestListenerName = 31;
constexpr std::size_t kLongestAccountName = 32;

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = ToUpper(c);
  return upper;
}

Text ReadAccount(std::string_view text, const Origin&) {
  const auto is_good = [](char c) {
    return IsLetterOrDigit(c) || c == '_' || c == '-' || c == '.' || c == '$';
  };
  if (text.size() > kLongestAccountName || !All(text, is_good) || text.starts_with('-')) {
    return Refused();
  }
  if (!text.empty() && All(text, IsDigit)) return Refused("a name, not its number");
  return Taken(text);
}

Text ReadListenerName(std::string_view text, const Origin&) {
  const auto is_good = [](char c) {
    return IsLower(c) || IsDigit(c) || c == '.' || c == '_' || c == '-';
  };
  if (text.empty() || text.size() > kLongestListenerName) return Refused();
  if (All(text, is_good)) return Taken(text);
  const std::string lower = Lower(text);
  return Refused(All(lower, is_good) ? fmt::format("did you mean `{}`?", lower) : "");
}

Text ReadRealm(std::string_view text, const Origin&) {
  const auto is_good = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
  return !text.empty() && text.size() <= 128 && All(text, is_good) ? Taken(text) : Refused();
}

Text ReadPath(std::string_view text, const Origin& origin) {
  if (const auto fault = PathFault(text)) return Refused(*fault);
  return {Resolved(text, origin), {}};
}

Text ReadControlPath(std::string_view text, const Origin& origin) {
  if (text.empty() || text == "none") return Taken("");
  constexpr std::size_t kMost = sizeof(sockaddr_un::sun_path) - 1;
  Text path = ReadPath(text, origin);
  if (path.value && path.value->size() > kMost) {
    return Refused(
        fmt::format("the path has {} bytes, a socket's has at most {}", path.value->size(), kMost));
  }
  return path;
}

Text ReadGroup(std::string_view text, const Origin&) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kNames = {
      {{"X25519", "X25519"},
       {"P-256", "P-256"},
       {"P-384", "P-384"},
       {"P-521", "P-521"},
       {"P256", "P-256"},
       {"P384", "P-384"},
       {"P521", "P-521"},
       {"PRIME256V1", "P-256"},
       {"SECP384R1", "P-384"},
       {"SECP521R1", "P-521"}}};
  const std::string upper = Upper(text);
  const auto* const found = std::find_if(kNames.begin(), kNames.end(),
                                         [&](const auto& each) { return each.first == upper; });
  if (found == kNames.end()) return Refused();
  return found->second == text ? Taken(text)
                               : Refused(fmt::format("did you mean {}?", Quoted(found->second)));
}

/// RFC 9110, 5.6.2.
bool IsToken(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && All(text, [&](char c) {
    return IsLetterOrDigit(c) || kMarks.find(c) != std::string_view::npos;
  });
}

Text ReadFieldName(std::string_view text, const Origin&) {
  const std::string fault = FieldNameFault(text);
  return fault.empty() ? Taken(text) : Refused(fault);
}

Text ReadFieldNameOrAny(std::string_view text, const Origin&) {
  return IsToken(text) ? Taken(text) : Refused();
}

Text ReadRatePer(std::string_view text, const Origin&) {
  if (text == "client" || text == "route") return Taken(text);
  constexpr std::string_view kHeader = "header:";
  if (text.starts_with(kHeader)) {
    return IsToken(text.substr(kHeader.size())) ? Taken(text)
                                                : Refused("behind it is the name of a field");
  }
  return Refused(DidYouMean(text, {"client", "route"}));
}

/// A port that is the scheme's own is never said, nor is a path, and all is in lower case.
Text ReadOrigin(std::string_view text, const Origin&) {
  if (text == "*") return Taken(text);
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0) {
    return Refused("with its scheme, https:// or http://");
  }
  const std::string_view authority = text.substr(scheme_end + 3);
  if (authority.empty() || !All(text, [](char c) { return !IsUnprintable(c); })) return Refused();
  if (authority.find_first_of("/?#@*") != std::string_view::npos) {
    return Refused("scheme, host and port alone, without a path; hosts have no wildcards");
  }
  const bool is_default_port = (text.starts_with("https://") && text.ends_with(":443")) ||
                               (text.starts_with("http://") && text.ends_with(":80"));
  if (is_default_port) return Refused("browsers leave out a port that is the scheme's own");
  const std::string lower = Lower(text);
  return lower == text ? Taken(text) : Refused(fmt::format("did you mean {}?", Quoted(lower)));
}

Text ReadIndexName(std::string_view text, const Origin&) {
  if (text.find('/') != std::string_view::npos) return Refused("a name, not a path");
  if (text == "." || text == "..") return Refused("this is a directory");
  if (const auto fault = PathFault(text)) return Refused(*fault);
  return Taken(text);
}

Text ReadHiddenName(std::string_view text, const Origin& origin) {
  return text.starts_with('.') ? ReadIndexName(text, origin) : Refused();
}

Text ReadCharset(std::string_view text, const Origin&) {
  if (text.empty() || text == "none") return Taken("");
  return IsToken(text) ? Taken(text) : Refused();
}

Text ReadMediaRange(std::string_view text, const Origin&) {
  return IsMediaRange(text) ? Taken(text) : Refused();
}

Text ReadMediaType(std::string_view text, const Origin&) {
  const std::size_t slash = text.find('/');
  const std::string_view name = text.substr(0, text.find(';'));
  const bool has_two_parts =
      slash != std::string_view::npos && slash > 0 && slash + 1 < name.size();
  const auto is_good = [](char c) { return c == ' ' || !IsUnprintable(c); };
  if (!has_two_parts || text.size() > kLongestHeaderValue || !All(text, is_good)) return Refused();
  return name.find(' ') == std::string_view::npos ? Taken(text) : Refused();
}

}  // namespace

bool IsMediaRange(std::string_view text) {
  const std::size_t slash = text.find('/');
  return slash != std::string_view::npos && slash > 0 && slash + 1 < text.size() &&
         text.find_first_of(" ;,\t") == std::string_view::npos && text.front() != '*';
}

std::string FieldNameFault(std::string_view name) {
  // What the protocol writes by itself, what says how a message ends, and what is for the next hop
  // alone (RFC 9110, 7.6.1).
  static const std::vector<std::string> kOwn = {
      "connection", "content-length", "date",    "keep-alive",       "proxy-connection", "server",
      "te",         "trailer",        "upgrade", "transfer-encoding"};
  if (!IsToken(name)) return "letters, digits and any of !#$%&'*+-.^_`|~";
  const bool is_own = std::find(kOwn.begin(), kOwn.end(), Lower(name)) != kOwn.end();
  return is_own ? "tined writes that field itself" : "";
}

std::string FieldValueFault(std::string_view value) {
  if (value.size() > kLongestHeaderValue) {
    return fmt::format("it is longer than {} bytes", kLongestHeaderValue);
  }
  const auto is_good = [](char c) { return c == ' ' || c == '\t' || !IsUnprintable(c); };
  if (!All(value, is_good)) return "printable ASCII alone is safe in a field's value";
  const bool is_trimmed = value.empty() || (value.front() > ' ' && value.back() > ' ');
  return is_trimmed ? "" : "a field's value has no spaces at its ends";
}

const TextRule kAccountName = {"the name of an account, or empty", "", ReadAccount};
const TextRule kListenerName = {"1 to 31 characters of a-z 0-9 . _ -", "^[a-z0-9._-]{1,31}$",
                                ReadListenerName};
const TextRule kPath = {"a path such as /srv/www", ".", ReadPath};
const TextRule kControlPath = {"the path of a socket, or none", "", ReadControlPath, true,
                               "/run/tined/control.sock"};
const TextRule kGroup = {"one of X25519, P-256, P-384, P-521", "^(X25519|P-256|P-384|P-521)$",
                         ReadGroup};
const TextRule kFieldName = {"the name of a field such as X-Frame-Options", "^[^ :,]+$",
                             ReadFieldName};
const TextRule kFieldNameOrAny = {"the name of a field such as X-Requested-With, or *", "^[^ :,]+$",
                                  ReadFieldNameOrAny};
const TextRule kOrigin = {"an origin such as https://app.example.org, or *",
                          R"(^(\*|[a-z][a-z0-9+.-]*://[^ /?#@*]+)$)", ReadOrigin};
const TextRule kIndexName = {"the name of a file such as index.html", "^[^/]+$", ReadIndexName};
const TextRule kHiddenName = {"a name that begins with a dot", "^[.][^/]+$", ReadHiddenName};
const TextRule kScriptSuffix = {"an ending such as .php", "^[.][^/]+$", ReadHiddenName};
const TextRule kCharset = {"a charset such as utf-8, or none", "^[^ ;\"]*$", ReadCharset, true};
const TextRule kMediaRange = {"a media type such as text/css, or all of a kind such as text/*",
                              "^[^/ *]+/[^/ ;]+$", ReadMediaRange};
const TextRule kMediaType = {"a media type such as text/plain", "^[^/ ]+/[^/ ]+", ReadMediaType};
const TextRule kRealm = {"1 to 128 printable ASCII characters, no quotes, no backslashes",
                         R"(^[ !#-\[\]-~]{1,128}$)", ReadRealm};
const TextRule kRatePer = {"client, route or header:NAME", "^(client|route|header:[^ :,]+)$",
                           ReadRatePer};

const std::vector<std::string_view>& MethodRule::Words() const {
  static const std::vector<std::string_view> kMethods = {"GET", "HEAD",   "OPTIONS", "POST",
                                                         "PUT", "DELETE", "PATCH"};
  return kMethods;
}

Text MethodRule::Read(std::string_view text, const Origin&) const {
  const auto& methods = Words();
  if (std::find(methods.begin(), methods.end(), text) != methods.end()) return Taken(text);
  return Refused(DidYouMean(Upper(text), methods));
}

}  // namespace tined::config

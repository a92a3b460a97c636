#include "config/text_rules.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/characters.hpp"

namespace tined::config {
namespace {

constexpr std::size_t kLongestListenerName = 31;
constexpr std::size_t kLongestAccountName = 32;
constexpr std::size_t kLongestHost = 253;
constexpr std::size_t kLongestRoutePath = 1024;
constexpr std::size_t kLongestHeaderValue = 2048;

using Text = Reading<std::string>;

Text Taken(std::string_view text) { return {std::string(text), {}}; }
Text Refused(std::string hint = {}) { return {std::nullopt, std::move(hint)}; }

/// What a header's value or a URI must not have unencoded.
bool IsUnprintable(char c) { return static_cast<unsigned char>(c) <= ' ' || c >= 0x7f || c < 0; }

template <typename Predicate>
bool All(std::string_view text, Predicate is_good) {
  return std::all_of(text.begin(), text.end(), is_good);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = ToLower(c);
  return lower;
}

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

bool HasDotSegment(std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, end);
    if (segment == "/." || segment == "/..") return true;
    path.remove_prefix(end);
  }
  return false;
}

Text ReadRoutePath(std::string_view text, const Origin&) {
  if (text.size() > kLongestRoutePath) return Refused("it is too long");
  if (text.find_first_of("?#") != std::string_view::npos) {
    return Refused("routes match the path, without query and fragment");
  }
  if (text.find('%') != std::string_view::npos) {
    return Refused("routes match the decoded path: write the character itself, not its %XX");
  }
  if (text.find('*') != std::string_view::npos) {
    return Refused("there are no patterns: a path matches everything below it");
  }
  if (!All(text, [](char c) { return !IsControl(c); })) return Refused("it has control characters");
  if (!text.starts_with('/')) {
    return Refused(
        text.empty() ? "" : fmt::format("did you mean {}?", Quoted(fmt::format("/{}", text))));
  }
  if (text.find("//") != std::string_view::npos) return Refused("it has an empty segment");
  if (HasDotSegment(text))
    return Refused("requests have no dot segments left when they are matched");
  return Taken(text);
}

bool IsIpv6(std::string_view text) {
  if (!text.starts_with('[') || !text.ends_with(']') || text.size() < 3) return false;
  const std::string inside(text.substr(1, text.size() - 2));
  in6_addr address{};
  return inside.find('\0') == std::string::npos &&
         ::inet_pton(AF_INET6, inside.c_str(), &address) == 1;
}

Text ReadHost(std::string_view text, const Origin&) {
  std::string host = Lower(text);
  // "www.example.org." is the same name, said to be absolute.
  if (host.size() > 1 && host.ends_with('.')) host.pop_back();
  if (IsIpv6(host)) return Taken(host);
  if (host.find("://") != std::string::npos) return Refused("the name alone, without `http://`");
  const std::size_t colon = host.find(':');
  if (colon != std::string::npos) {
    return Refused(
        fmt::format("the port is not compared: did you mean {}?", Quoted(host.substr(0, colon))));
  }
  if (host.find('*') != std::string::npos) return Refused("there are no wildcards");
  const auto is_good = [](char c) {
    return IsLower(c) || IsDigit(c) || c == '.' || c == '-' || c == '_';
  };
  const bool has_empty_label = host.starts_with('.') || host.find("..") != std::string::npos;
  if (host.empty() || host.size() > kLongestHost || has_empty_label) return Refused();
  if (!All(host, [](char c) { return c > 0; })) return Refused("write its xn-- form");
  return All(host, is_good) ? Taken(host) : Refused();
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

/// What is looked for below the root: no way to leave it, and no byte that no path has.
std::string CandidateFault(std::string_view path) {
  if (path.find('$') != std::string_view::npos) {
    return "$path in front is the only variable: the request's path below the route's";
  }
  if (const auto fault = path.empty() ? std::nullopt : PathFault(path)) return *fault;
  if (path.find("//") != std::string_view::npos) return "it has an empty segment";
  return HasDotSegment(path) ? "it has a dot segment" : "";
}

Text ReadCandidate(std::string_view text, const Origin&) {
  if (text == "=404") return Taken(text);
  if (text.starts_with('=')) return Refused("`=404` alone");
  const bool is_variable = text.starts_with("$path");
  const std::string_view path = is_variable ? text.substr(5) : text;
  if (is_variable && !path.empty() && (IsLetterOrDigit(path[0]) || path[0] == '_')) {
    return Refused("there is only the variable $path");
  }
  if (std::string fault = CandidateFault(path); !fault.empty()) return Refused(std::move(fault));
  if (is_variable) return Taken(text);
  if (path.ends_with('/'))
    return Refused("a file, not a directory; `$path/` is the directory asked for");
  if (path.starts_with('/')) return Taken(text);
  return Refused(text.empty() ? ""
                              : fmt::format("did you mean {}?", Quoted(fmt::format("/{}", text))));
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

Text ReadRedirectTarget(std::string_view text, const Origin&) {
  if (text.size() > kLongestHeaderValue) return Refused("it is too long");
  if (!All(text, [](char c) { return !IsUnprintable(c); })) {
    return Refused("percent-encode everything but printable ASCII");
  }
  if (text.find_first_of("?#") != std::string_view::npos) {
    return Refused("the rest of the path and the query are appended to it");
  }
  if (text.starts_with("//")) {
    return Refused(text.find_first_not_of('/') == std::string_view::npos
                       ? "it has an empty segment"
                       : fmt::format("that names another host: did you mean {} or {}?",
                                     Quoted(text.substr(text.find_first_not_of('/') - 1)),
                                     Quoted(fmt::format("https:{}", text))));
  }
  const bool is_path = text.starts_with('/');
  const bool is_url = (text.starts_with("http://") && text.size() > 7) ||
                      (text.starts_with("https://") && text.size() > 8);
  if (is_path || is_url) return Taken(text);
  return Refused(text.find('.') != std::string_view::npos &&
                         text.find(':') == std::string_view::npos
                     ? fmt::format("did you mean {}?", Quoted(fmt::format("https://{}", text)))
                     : "");
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
const TextRule kRoutePath = {"a path that begins with /", "^/[^?#%*]*$", ReadRoutePath};
const TextRule kHostName = {"a host name such as www.example.org", ".", ReadHost};
const TextRule kGroup = {"one of X25519, P-256, P-384, P-521", "^(X25519|P-256|P-384|P-521)$",
                         ReadGroup};
const TextRule kFieldName = {"the name of a field such as X-Frame-Options", "^[^ :,]+$",
                             ReadFieldName};
const TextRule kFieldNameOrAny = {"the name of a field such as X-Requested-With, or *", "^[^ :,]+$",
                                  ReadFieldNameOrAny};
const TextRule kOrigin = {"an origin such as https://app.example.org, or *",
                          R"(^(\*|[a-z][a-z0-9+.-]*://[^ /?#@*]+)$)", ReadOrigin};
const TextRule kIndexName = {"the name of a file such as index.html", "^[^/]+$", ReadIndexName};
const TextRule kCandidate = {
    "$path, $path/, $path.html or the like, a path such as /index.html, or =404",
    "^([$]path|/|=404$)", ReadCandidate};
const TextRule kHiddenName = {"a name that begins with a dot", "^[.][^/]+$", ReadHiddenName};
const TextRule kCharset = {"a charset such as utf-8, or none", "^[^ ;\"]*$", ReadCharset, true};
const TextRule kMediaRange = {"a media type such as text/css, or all of a kind such as text/*",
                              "^[^/ *]+/[^/ ;]+$", ReadMediaRange};
const TextRule kMediaType = {"a media type such as text/plain", "^[^/ ]+/[^/ ]+", ReadMediaType};
const TextRule kRatePer = {"client, route or header:NAME", "^(client|route|header:[^ :,]+)$",
                           ReadRatePer};
const TextRule kRedirectTarget = {"a path such as /new, or a URL such as https://example.org",
                                  "^(/|https?://)[^ ?#]*$", ReadRedirectTarget};

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

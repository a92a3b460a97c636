#include "config/route_rules.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>

#include "config/address_text.hpp"
#include "config/path_pattern.hpp"
#include "config/text_reading.hpp"

namespace tined::config {
namespace {

constexpr std::size_t kLongestHost = 253;
constexpr std::size_t kLongestRoutePath = 1024;

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
    return Refused("a path takes everything below it; patterns stand in `match`");
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

Text ReadHost(std::string_view text, const Origin& origin) {
  if (text.starts_with("*.") && !text.starts_with("*.*")) {
    Text below = ReadHost(text.substr(2), origin);
    if (below.value && below.value->starts_with('['))
      return Refused("addresses have no names below");
    if (below.value) below.value->insert(0, "*.");
    return below;
  }
  if (text == "*") return Refused("without `host` a route is for any");
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
  if (host.find('*') != std::string::npos)
    return Refused("`*.` in front, for all names below, is the only wildcard");
  const auto is_good = [](char c) {
    return IsLower(c) || IsDigit(c) || c == '.' || c == '-' || c == '_';
  };
  const bool has_empty_label = host.starts_with('.') || host.find("..") != std::string::npos;
  if (host.empty() || host.size() > kLongestHost || has_empty_label) return Refused();
  if (!All(host, [](char c) { return c > 0; })) return Refused("write its xn-- form");
  return All(host, is_good) ? Taken(host) : Refused();
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

Text ReadGlob(std::string_view text, const Origin&) {
  std::string fault = GlobFault(text);
  return fault.empty() ? Taken(text) : Refused(std::move(fault));
}

Text ReadRegex(std::string_view text, const Origin&) {
  std::string fault = RegexFault(text);
  return fault.empty() ? Taken(text) : Refused(std::move(fault));
}

Text ReadRewrite(std::string_view text, const Origin&) {
  if (text.size() > kLongestRoutePath) return Refused("it is too long");
  if (std::string fault = RewriteFault(ParseAddressText(text)); !fault.empty()) {
    return Refused(std::move(fault));
  }
  const std::string_view path = text.substr(0, text.find('?'));
  if (path.find('%') != std::string_view::npos) {
    return Refused("what the handler sees is decoded: write the character itself, not its %XX");
  }
  if (!All(path, [](char c) { return !IsControl(c); })) return Refused("it has control characters");
  if (path.find("//") != std::string_view::npos) return Refused("it has an empty segment");
  if (HasDotSegment(path)) return Refused("it has a dot segment");
  const auto is_good = [](char c) { return !IsUnprintable(c) && c != '#'; };
  return All(text.substr(path.size()), is_good)
             ? Taken(text)
             : Refused("percent-encode everything but printable ASCII in its query");
}

Text ReadRedirectTarget(std::string_view text, const Origin&) {
  if (text.size() > kLongestHeaderValue) return Refused("it is too long");
  if (!All(text, [](char c) { return !IsUnprintable(c); })) {
    return Refused("percent-encode everything but printable ASCII");
  }
  const AddressText address = ParseAddressText(text);
  if (HasParts(address) || !address.fault.empty()) {
    std::string fault = LocationFault(address);
    return fault.empty() ? Taken(text) : Refused(std::move(fault));
  }
  if (text.find_first_of("?#") != std::string_view::npos) {
    return Refused(
        "the rest of the path and the query are appended to it, unless $path, $rest or $query "
        "stands "
        "in it");
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

Text ReadAuthority(std::string_view text, const Origin&) {
  const auto is_good = [](char c) {
    return IsLetterOrDigit(c) || std::string_view("-._~:[]").find(c) != std::string_view::npos;
  };
  if (text.find("://") != std::string_view::npos)
    return Refused("the host alone, without a scheme");
  return !text.empty() && All(text, is_good) ? Taken(text) : Refused();
}

}  // namespace

const TextRule kRoutePath = {"a path that begins with /", "^/[^?#%*]*$", ReadRoutePath};
const TextRule kHostName = {"a host name such as www.example.org", ".", ReadHost};
const TextRule kAuthority = {"a host such as app.example.org or app:8080", ".", ReadAuthority};
const TextRule kGlob = {"a pattern of names such as *.php or /img/**/*.jpg", ".", ReadGlob};
const TextRule kRegex = {"a regular expression such as ^/user/([0-9]+)$", ".", ReadRegex};
const TextRule kRewrite = {"a path such as /index.php or /v2$rest", "^(/|[$]path|[$]rest)",
                           ReadRewrite};
const TextRule kCandidate = {
    "$path, $path/, $path.html or the like, a path such as /index.html, or =404",
    "^([$]path|/|=404$)", ReadCandidate};
const TextRule kRedirectTarget = {"a path such as /new, or a URL such as https://example.org",
                                  "^(/|https?://|[$]path|[$]rest|[$]scheme://)[^ ]*$",
                                  ReadRedirectTarget};

}  // namespace tined::config

#include "http/target.hpp"

#include <algorithm>
#include <array>

#include "base/hex.hpp"
#include "http/characters.hpp"
#include "http/host.hpp"
#include "http/list.hpp"

namespace tined::http {
namespace {

/// Space, controls, backslash (browsers take it for a slash) and '#' never belong into a target.
/// Others that RFC 3986 has encoded are sent as they are by real clients; so is UTF-8.
constexpr std::array<bool, 256> kAllowed = [] {
  std::array<bool, 256> allowed{};
  for (std::size_t byte = 0x21; byte < 256; ++byte) allowed[byte] = true;
  for (const char refused : {'\\', '#', '\x7f'}) {
    allowed[static_cast<unsigned char>(refused)] = false;
  }
  return allowed;
}();

bool IsAllowed(char c) noexcept { return kAllowed[static_cast<unsigned char>(c)]; }

/// A path that stands for itself: most do.
bool IsPlain(std::string_view path) noexcept {
  char previous = '\0';
  for (const char c : path) {
    if (c == '%' || (previous == '/' && (c == '/' || c == '.'))) return false;
    previous = c;
  }
  return true;
}

/// A byte of a path, percent-decoded, or -1.
int DecodeByte(std::string_view path, std::size_t& at) noexcept {
  if (path[at] != '%') return static_cast<unsigned char>(path[at++]);
  const int byte = PercentDecoded(path.substr(at));
  at += 3;
  // The file system takes a NUL for the end.
  return byte == '\0' ? -1 : byte;
}

/// Removes a last segment "." or ".." from `path`, which then ends in '/'. False above the root.
bool ResolveDots(std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view segment = std::string_view(path).substr(slash + 1);
  if (segment == ".") {
    path.resize(slash + 1);
  } else if (segment == "..") {
    if (slash == 0) return false;
    path.resize(path.rfind('/', slash - 1) + 1);
  }
  return true;
}

enum class Slashes { merged, kept };

bool Decode(std::string_view sent, std::string& path, bool& has_encoded_slash, Slashes slashes) {
  path.clear();
  for (std::size_t at = 0; at < sent.size();) {
    if (sent[at] == '/') {
      const std::size_t size = path.size();
      if (!path.empty() && !ResolveDots(path)) return false;
      // A dot segment goes with one of its slashes (RFC 3986, 5.2.4).
      const bool is_kept = slashes == Slashes::kept && path.size() == size;
      if (is_kept || !path.ends_with('/')) path.push_back('/');
      ++at;
      continue;
    }
    const int byte = DecodeByte(sent, at);
    if (byte < 0) return false;
    if (byte == '/') {
      has_encoded_slash = true;
      path.append(sent.substr(at - 3, 3));
    } else {
      path.push_back(static_cast<char>(byte));
    }
  }
  return ResolveDots(path);
}

/// Path and query, "/a?b".
bool ParsePath(std::string_view text, Target& target, std::string& scratch) {
  const std::size_t question = text.find('?');
  target.raw_path = text.substr(0, question);
  target.has_query = question != std::string_view::npos;
  if (target.has_query) target.query = text.substr(question + 1);
  target.path = target.raw_path;
  if (IsPlain(target.raw_path)) return true;
  if (!Decode(target.raw_path, scratch, target.has_encoded_slash, Slashes::merged)) return false;
  target.path = scratch;
  return true;
}

/// "http://host/path" (RFC 9112, 3.2.2).
bool ParseAbsolute(Method method, std::string_view text, Target& target, std::string& scratch) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return false;
  const std::string_view scheme = text.substr(0, colon);
  target.is_https = EqualsIgnoreCase(scheme, "https");
  if (!target.is_https && !EqualsIgnoreCase(scheme, "http")) return false;
  text.remove_prefix(colon + 3);
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  target.authority = text.substr(0, end);
  if (target.authority.empty() || !IsValidHost(target.authority)) return false;
  const std::string_view rest = text.substr(end);
  if (rest.starts_with('/')) return ParsePath(rest, target, scratch);
  // RFC 9112, 3.2.4: OPTIONS without a path asks about the server.
  target.path = rest.empty() && method == Method::options ? "*" : "/";
  target.raw_path = target.path;
  target.has_query = !rest.empty();
  if (target.has_query) target.query = rest.substr(1);
  return true;
}

}  // namespace

bool HasDotsBesideEncodedSlash(std::string_view path) noexcept {
  constexpr std::string_view kEncoded = "%2f";
  std::size_t start = 0;
  for (std::size_t at = 0; at <= path.size(); ++at) {
    const bool is_encoded = EqualsIgnoreCase(path.substr(at, kEncoded.size()), kEncoded);
    if (at < path.size() && path[at] != '/' && !is_encoded) continue;
    const std::string_view segment = path.substr(start, at - start);
    if (segment == "." || segment == "..") return true;
    if (is_encoded) at += kEncoded.size() - 1;
    start = at + 1;
  }
  return false;
}

std::string RestWithSlashes(std::string_view raw_path, std::string_view path, std::size_t from) {
  const std::string_view merged_rest = path.substr(from);
  if (merged_rest.empty()) return {};
  std::string whole;
  bool unused = false;
  if (!Decode(raw_path, whole, unused, Slashes::kept)) return std::string(merged_rest);
  std::string merged;
  std::size_t rest_at = whole.size();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    if (merged.size() == from) rest_at = std::min(rest_at, at);
    if (whole[at] != '/' || !merged.ends_with('/')) merged.push_back(whole[at]);
  }
  // Dot segments may have taken an empty segment away, which the path never had.
  return merged == path ? whole.substr(rest_at) : std::string(merged_rest);
}

bool ParseTarget(Method method, std::string_view text, Target& target, std::string& scratch) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), IsAllowed)) return false;
  if (method == Method::connect) {
    target.authority = text;
    target.path = target.raw_path = "";
    const std::string_view host = HostWithoutPort(text);
    return !host.empty() && host.size() + 1 < text.size() && IsValidHost(text);
  }
  if (text == "*") {
    target.path = target.raw_path = text;
    return method == Method::options;
  }
  if (text.front() == '/') return ParsePath(text, target, scratch);
  return ParseAbsolute(method, text, target, scratch);
}

}  // namespace tined::http

#include "backends/upstreams/fastcgi_request.hpp"

#include "backends/upstreams/fastcgi_record.hpp"

namespace tined::backends {
namespace {

void AppendSize(std::string& pairs, std::size_t size) {
  if (size > 0x7F) {
    pairs.push_back(static_cast<char>(size >> 24 | 0x80));
    pairs.push_back(static_cast<char>(size >> 16));
    pairs.push_back(static_cast<char>(size >> 8));
  }
  pairs.push_back(static_cast<char>(size));
}

}  // namespace

std::string FastCgiRequest(const http::CgiVariables& variables, std::string_view body, bool keeps) {
  using fastcgi::Append;
  using fastcgi::Type;
  std::string pairs;
  for (const auto& [name, value] : variables) {
    AppendSize(pairs, name.size());
    AppendSize(pairs, value.size());
    pairs.append(name).append(value);
  }
  std::string bytes;
  bytes.reserve(pairs.size() + body.size() + 256);
  const char begin[] = {0, 1 /* a responder */, keeps ? '\1' : '\0', 0, 0, 0, 0, 0};
  Append(bytes, Type::begin_request, {begin, sizeof begin});
  Append(bytes, Type::params, pairs);
  if (!pairs.empty()) Append(bytes, Type::params, {});
  Append(bytes, Type::input, body);
  if (!body.empty()) Append(bytes, Type::input, {});
  return bytes;
}

}  // namespace tined::backends

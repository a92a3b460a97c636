#include "protocol/http2/request_maker.hpp"

#include "http/host.hpp"
#include "http/method.hpp"
#include "http/target.hpp"

namespace tined::http2 {
namespace {

constexpr std::size_t kLongestMethod = 32;

}  // namespace

/// Handlers find the host where HTTP/1 has it, whichever of the two says it.
void RequestMaker::TakeFields(const RequestHead& head, http::Request& request) {
  fields_.clear();
  fields_.push_back({http::Name::host, "host", head.authority});
  for (const Field& field : head.fields) {
    const http::Name id =
        boost::beast::http::string_to_field({field.name.data(), field.name.size()});
    if (id != http::Name::host) fields_.push_back({id, field.name, field.value});
  }
  request.fields = fields_;
}

int RequestMaker::TakeTarget(const RequestHead& head, http::Request& request) {
  http::Target target;
  if (!http::ParseTarget(request.method, head.path, target, path_)) return 400;
  request.path = target.path;
  request.raw_path = target.raw_path;
  request.has_encoded_slash = target.has_encoded_slash;
  request.query = target.query;
  request.has_query = target.has_query;
  return 0;
}

int RequestMaker::Make(const RequestHead& head, http::Request& request) {
  request.major_version = 2;
  request.method_text = head.method;
  request.method = http::MethodOf(head.method);
  // Nothing here tunnels: the target of such a request is a host.
  const bool is_tunnel = request.method == http::Method::connect;
  request.target = is_tunnel ? head.authority : head.path;
  request.host = head.authority;
  TakeFields(head, request);
  if (head.method.size() > kLongestMethod || is_tunnel) return 501;
  if (head.path.size() > limits_.target.count) return 414;
  std::size_t size = 0;
  for (const Field& field : head.fields) size += field.name.size() + field.value.size() + 4;
  if (size > limits_.header_size.count) return 431;
  if (!http::IsValidHost(head.authority)) return 400;
  // RFC 9110, 7.4: what is asked for over TLS must not be answered without.
  if (head.scheme == "https" && request.tls == nullptr) return 421;
  if (const int refused = TakeTarget(head, request)) return refused;
  return head.has_failed_expectation ? 417 : 0;
}

}  // namespace tined::http2

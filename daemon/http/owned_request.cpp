#include "http/owned_request.hpp"

namespace tined::http {
namespace {

std::size_t SizeOf(const Request& request) {
  std::size_t size = request.method_text.size() + request.target.size() + request.path.size() +
                     request.raw_path.size() + request.query.size() + request.host.size() +
                     request.body.size() + request.request_id.size() + request.user.size() +
                     (request.tls != nullptr ? request.tls->facts.size() : 0);
  for (const Field& field : request.fields) size += field.name.size() + field.value.size();
  return size;
}

}  // namespace

OwnedRequest::OwnedRequest(const Request& request) : request_(request) {
  bytes_.reserve(SizeOf(request));
  fields_.reserve(request.fields.size());
  for (const Field& field : request.fields) {
    fields_.push_back({field.id, Keep(field.name), Keep(field.value)});
  }
  for (std::string_view Request::*text :
       {&Request::method_text, &Request::target, &Request::path, &Request::raw_path,
        &Request::query, &Request::host, &Request::body, &Request::request_id, &Request::user}) {
    request_.*text = Keep(request.*text);
  }
  request_.fields = fields_;
  if (request.peer != nullptr) {
    peer_ = *request.peer;
    request_.peer = &peer_;
  }
  if (request.proxy != nullptr) {
    proxy_ = *request.proxy;
    request_.proxy = &proxy_;
  }
  if (request.tls != nullptr) {
    tls_ = *request.tls;
    tls_.facts = Keep(tls_.facts);
    request_.tls = &tls_;
  }
}

std::string_view OwnedRequest::Keep(std::string_view text) {
  const std::size_t at = bytes_.size();
  bytes_.append(text);
  return std::string_view(bytes_).substr(at);
}

}  // namespace tined::http

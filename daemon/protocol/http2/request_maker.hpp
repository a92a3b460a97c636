// Makes the request that handlers see of the head that a header block says (http2/request_head).
// What HTTP/1 and HTTP/2 have in common is judged here as there: targets, hosts, sizes. Worker's
// loop thread; one a worker, its views are good until the next call.
#pragma once

#include <string>
#include <vector>

#include "config/model.hpp"
#include "http/request.hpp"
#include "http2/request_head.hpp"

namespace tined::http2 {

class RequestMaker {
 public:
  explicit RequestMaker(const config::Limits& limits) : limits_(limits) {}

  /// Fills `request`, whose TLS and peer are the caller's to say. Returns 0, or the status that
  /// refuses it: then `request` holds what could be understood.
  [[nodiscard]] int Make(const RequestHead& head, http::Request& request);

 private:
  void TakeFields(const RequestHead& head, http::Request& request);
  [[nodiscard]] int TakeTarget(const RequestHead& head, http::Request& request);

  const config::Limits& limits_;
  std::vector<http::Field> fields_;
  std::string path_;  ///< a path that had to be decoded
};

}  // namespace tined::http2

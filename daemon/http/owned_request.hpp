// A request with its bytes: what a handler keeps that goes on when its connection may be gone.
// Made on the worker's loop thread, then read by one thread at a time.
#pragma once

#include <string>
#include <vector>

#include "http/request.hpp"

namespace tined::http {

class OwnedRequest {
 public:
  explicit OwnedRequest(const Request& request);
  OwnedRequest(const OwnedRequest&) = delete;
  OwnedRequest& operator=(const OwnedRequest&) = delete;

  [[nodiscard]] const Request& get() const noexcept { return request_; }

 private:
  [[nodiscard]] std::string_view Keep(std::string_view text);

  std::string bytes_;  ///< never grows: views point into it
  std::vector<Field> fields_;
  ledger::Peer peer_;
  ledger::Peer proxy_;
  tls::Told tls_;
  Request request_;
};

}  // namespace tined::http

// The keys of what becomes of a request before its handler is asked: of those of a route, or of a
// listener.
#pragma once

#include "config/layout.hpp"
#include "config/rules.hpp"

namespace tined::config {

template <>
struct Layout<Access> {
  static constexpr std::string_view kAbout =
      "Whose requests are answered, by the client's address; others get 403. Of a route: in place "
      "of its listener's.";
  static constexpr std::string_view kExample = "{allow: [10.0.0.0/8], deny: all}";
  static void Visit(auto& v, auto& access) {
    v.List("allow", access.allow, kNetworks, "Theirs are. Without `deny`, nobody else's.");
    v.List("deny", access.deny, kNetworks, "Theirs are not, but for those of `allow`.");
  }

 private:
  static constexpr NetworkRule kNetworks = {"all"};
};

template <>
struct Layout<RequestId> {
  static constexpr std::string_view kAbout =
      "Calls each request something: what a trusted proxy says (X-Request-Id, or the trace of its "
      "traceparent), else 32 random hex digits. Logs in JSON, modules, programs (REQUEST_ID) and "
      "$request_id have it. Of a route: in place of its listener's.";
  static constexpr std::string_view kExample = "{send: true}";
  static void Visit(auto& v, auto& request_id) {
    v("send", request_id.send, Flag{}, "The client is told it, as X-Request-Id.");
    v("trace", request_id.trace, Flag{},
      "A request without a traceparent that is one gets one for modules and programs: a trace of "
      "its id.");
  }
};

}  // namespace tined::config

// The keys of what becomes of a request before its handler is asked: of those of a route, or of a
// listener.
#pragma once

#include "config/layout.hpp"
#include "config/rules.hpp"
#include "config/service_sections.hpp"
#include "config/text_rules.hpp"

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
struct Layout<BasicAuth> {
  static constexpr std::string_view kAbout =
      "A name and a password that are in a file of users (HTTP Basic); others get 401.";
  static constexpr std::string_view kExample = "{users: /etc/tined/users}";
  static void Visit(auto& v, auto& basic) {
    v.Whole(basic.where);
    v.Required("users", basic.users, kPath,
               "The file, as htpasswd writes it: name:hash a line, bcrypt, yescrypt or SHA-crypt. "
               "Workers read it, and again when it changes.");
    v("realm", basic.realm, kRealm, "What browsers show when they ask for the password.");
  }
};

template <>
struct Layout<Auth> {
  static constexpr std::string_view kAbout =
      "Whose requests are answered, by what they know. Of a route: in place of its listener's.";
  static constexpr std::string_view kExample = "{basic: {users: /etc/tined/users}}";
  static void Visit(auto& v, auto& auth) { v.Switched("basic", auth.basic, "off"); }
};

template <>
struct Layout<ConnectionLimit> {
  static constexpr std::string_view kAbout =
      "How many connections there may be at once, counted by all workers together; more are "
      "answered with 429, or closed. Of a listener, or of all: never of a route.";
  static constexpr std::string_view kExample = "{count: 50}";
  static void Visit(auto& v, auto& connections) {
    v("per", connections.per,
      Choice<ConnectionLimit::Per>{{{"client", ConnectionLimit::Per::client}}},
      "Of whom: client, each address that connects.");
    v.Required("count", connections.count, NumberRange{1, 1'000'000}, "So many.");
    v("ipv6_prefix", connections.ipv6_prefix, NumberRange{32, 128},
      "Clients of IPv6 whose addresses have so many bits in common are one.");
  }
};

template <>
struct Layout<RateLimit> {
  static constexpr std::string_view kAbout =
      "How often there may be requests, counted by all workers together; others get 429.";
  static constexpr std::string_view kExample = "{requests: 100/s}";
  static void Visit(auto& v, auto& rate) {
    v.Required("requests", rate.requests, RateRule{}, "So many a second, a minute or an hour.");
    v("burst", rate.burst, NumberRange{1, 1'000'000},
      "So many may come at once, after a while without any; absent: the number of `requests`.");
    v("per", rate.per, kRatePer,
      "Of whom: client, each client by itself; route, all together; header:NAME, those that send "
      "the same in that field (each client by itself where it is not sent).");
    v("ipv6_prefix", rate.ipv6_prefix, NumberRange{32, 128},
      "Clients of IPv6 whose addresses have so many bits in common are one.");
  }
};

template <>
struct Layout<RouteLimits> {
  static constexpr std::string_view kAbout =
      "What may come at once, or in a time. Of a route: each in place of its listener's.";
  static constexpr std::string_view kExample = "{body: 64MiB, rate: {requests: 100/s}}";
  static void Visit(auto& v, auto& limits) {
    v("body", limits.body, kBodySize,
      "The body of a request for this route; none: as `limits.body` says.");
    v.Optional("rate", limits.rate);
    v("in_flight", limits.in_flight, NumberRange{1, 1'000'000},
      "Requests that handlers are at work on, in all workers; others get 503.");
    v.Optional("connections", limits.connections);
  }
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

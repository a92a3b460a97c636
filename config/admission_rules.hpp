// What becomes of requests before their handlers are asked, as it is configured: who the client is,
// who may ask, how often, by which password, what each request is called. Part of the model
// (model.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "config/position.hpp"

namespace tined::config {

/// Addresses of clients: those of a network, or all that have none (unix sockets), or any.
struct Network {
  enum class Kind : std::uint8_t { any, unix_sockets, v4, v6 };
  Kind kind = Kind::any;
  std::uint8_t prefix = 0;                 ///< bits that count: at most 32, or 128
  std::array<std::uint8_t, 16> address{};  ///< network byte order; zero behind the prefix
  bool operator==(const Network&) const = default;
};
/// The most of them in one list.
inline constexpr std::size_t kMostNetworks = 1024;

/// Which fields a trusted proxy tells of its clients with.
enum class ForwardedBy { x, rfc7239 };

/// Whose requests are answered, by their clients' addresses: those of `allow`, then, if nobody is
/// denied, no others; else all but those of `deny`.
struct Access {
  std::vector<Network> allow;
  std::vector<Network> deny;
};

/// So many in a time: `100/s`, `10/m`, `1000/h`.
struct Rate {
  std::uint64_t count = 0;
  Duration each{};  ///< a second, a minute or an hour
  bool operator==(const Rate&) const = default;
};

/// How often there may be requests: a bucket that holds `burst` of them and fills at `requests`.
struct RateLimit {
  Rate requests;
  std::optional<std::uint64_t> burst;  ///< absent: as many as `requests` counts
  std::string per = "client";          ///< whose bucket: client, route, or header:NAME
  int ipv6_prefix = 64;                ///< clients of IPv6 that have so many bits in common are one
};

/// How many connections there may be at once.
struct ConnectionLimit {
  enum class Per : std::uint8_t { client };
  Per per = Per::client;  ///< whose connections are counted together
  std::uint32_t count = 0;
  int ipv6_prefix = 64;  ///< as of RateLimit
};

/// What may come at once, or in a time: for a route, or for all routes of a listener.
struct RouteLimits {
  std::optional<Bytes> body;  ///< of a request; absent: as the general limits say
  std::optional<RateLimit> rate;
  std::optional<std::uint32_t>
      in_flight;  ///< requests that handlers are at work on, in all workers
  std::optional<ConnectionLimit> connections;  ///< of a listener alone
};

/// A password is asked for (RFC 7617).
struct BasicAuth {
  std::string users;                 ///< the path of a file of names and hashes (users_file.hpp)
  std::string realm = "restricted";  ///< what browsers show when they ask for it
  Position where;
};

/// Whose requests are answered, by what they know.
struct Auth {
  std::optional<BasicAuth> basic;  ///< absent: nothing is asked for
};

/// What is asked of a request before its handler is: at a route, or for all of a listener's.
struct AdmissionRules {
  std::optional<Access> access;
  std::optional<Auth> auth;
  std::optional<RouteLimits> limits;
};

/// What requests are called in logs, headers, modules and programs.
struct RequestId {
  bool send = false;   ///< the client is told: X-Request-Id
  bool trace = false;  ///< a request that comes without a traceparent gets one
};

}  // namespace tined::config

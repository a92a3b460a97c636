// What asks other servers, as an operator configures it: part of the model (model.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "config/address.hpp"
#include "config/position.hpp"
#include "config/setting_tree.hpp"

namespace tined::config {

/// Servers that answer alike, and how each worker asks them.
struct Upstream {
  /// Which of several servers is asked.
  enum class Balance { least_busy, round_robin };
  /// Which requests are sent once more when a server has closed a connection that it kept: those
  /// that change nothing (GET and its like), or none. What a server has seen nothing of is always
  /// sent to another.
  enum class Retry { safe, none };
  std::vector<Address> to;
  Balance balance = Balance::least_busy;
  std::uint32_t connections = 1024;             ///< to one server, of each worker
  Duration connect = std::chrono::seconds(5);   ///< until a connection is there
  Duration timeout = std::chrono::seconds(60);  ///< longest silence while it is waited for
  Retry retry = Retry::safe;
};

/// Asks servers that speak HTTP/1.1, and passes on what they answer.
struct Proxy : Upstream {
  /// By which fields servers are told of the client.
  enum class Forwarded { x, rfc7239, both, none };
  std::uint32_t keep = 32;                   ///< idle connections to one server, of each worker
  Duration idle = std::chrono::seconds(60);  ///< how long they are kept
  std::optional<std::string> host;           ///< the Host they are told; absent: the request's
  Forwarded forwarded = Forwarded::x;
  bool local_redirects = false;  ///< X-Accel-Redirect names what answers instead
  Position where;
};

/// Asks servers that run scripts or applications and speak FastCGI.
struct FastCgi : Upstream {
  std::optional<std::string> root;  ///< where the scripts are; absent: the server answers it all
  std::vector<std::string> index = {"index.php", "index.html"};
  std::vector<std::string> scripts = {".php"};  ///< suffixes of files that are run
  std::vector<std::string> candidates;          ///< `try`, as of static
  Setting environment;                          ///< a map of texts: further variables
  std::uint32_t keep = 0;                       ///< idle connections to one server, of each worker
  Duration idle = std::chrono::seconds(60);     ///< how long they are kept
  Position where;
};

}  // namespace tined::config

// A tined in front of a scripted server.
#pragma once

#include <string>

#include "tests/integration/config.hpp"
#include "tests/integration/scripted_server.hpp"
#include "tests/integration/server.hpp"

namespace tined::test {

/// One worker, which asks `behind` for everything: none of what it keeps is another one's.
class ProxySite : public Server {
 public:
  /// `more`: further keys of `proxy`; `listener` and `route`: of those.
  explicit ProxySite(const std::string& more = "", const std::string& listener = "",
                     const std::string& route = "") {
    Start(Config()
              .Workers(1)
              .Listener("web", "127.0.0.1:0", listener)
              .Route("/", Proxy(behind.name(), more), route));
  }
  ScriptedServer behind;
};

/// What is read up to the end of the connection.
[[nodiscard]] inline std::string ReadToEnd(Client& client) {
  std::string read;
  while (client.WaitForEnd() == Client::End::more_bytes) read += client.TakeReceived();
  return read;
}

}  // namespace tined::test

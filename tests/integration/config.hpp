// A configuration put together for a test, in place of glued YAML: top-level keys in any order,
// then listeners, each with routes or a stream. What is said a second time takes the first's place.
//   Config().Workers(2).Route("/x", Module("echo", "run: thread"))
// Keys without a function of their own are written as in YAML: `more` is "key: value, key: value".
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace tined::test {

/// What answers a route or a stream, as in YAML: "respond: {body: pong}".
struct Handler {
  std::string text;
};

Handler Respond(const std::string& body);
Handler Files(const std::string& root, const std::string& more = "");
/// `name`: one of the examples or of the tests' modules; or the path of another file, with its
/// slash.
Handler Module(const std::string& name, const std::string& more = "");
Handler Program(const std::string& keys);
/// `servers`: as in YAML, "127.0.0.1:8000" or several, with a comma.
Handler Proxy(const std::string& servers, const std::string& more = "");

class Config {
 public:
  Config& Workers(int count, const std::string& more = "");
  /// Any other key at the top: Set("timeouts", "{idle: 5s}").
  Config& Set(const std::string& key, const std::string& value);
  /// The next listener: what follows is added to it. Without any, there is "web" at a port of the
  /// kernel's choice.
  Config& Listener(const std::string& name, const std::string& address = "127.0.0.1:0",
                   const std::string& more = "");
  Config& Route(const std::string& path, const Handler& handler, const std::string& more = "");
  Config& Stream(const Handler& module, const std::string& more = "");

  /// The text of the file.
  operator std::string() const;

 private:
  struct Socket {
    std::string keys;
    std::vector<std::string> routes;
    std::string stream;
  };
  /// The listener that is being described.
  Socket& Current();

  std::vector<std::pair<std::string, std::string>> top_;
  std::vector<Socket> sockets_;
};

}  // namespace tined::test

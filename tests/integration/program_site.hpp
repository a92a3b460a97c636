// Programs (CGI) written by a test behind a real server, and what tests want to know of them.
#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/contains.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/server.hpp"

namespace tined::test {

/// One worker, a page, and the programs of the directory `cgi`, which know the server's directory
/// as $DIR unless `keys`, further ones of `program`, have an environment.
inline Config Programs(const std::string& keys = "") {
  const bool has_environment = keys.find("environment") != std::string::npos;
  return Config()
      .Workers(1)
      .Route("/ping", Respond("pong"))
      .Route("/cgi-bin/",
             Program(std::string("root: \"${DIR}/cgi\", ") +
                     (has_environment ? "" : "environment: {DIR: \"${DIR}\"}, ") + keys));
}

inline Config Limited(const std::string& programs, const std::string& keys = "") {
  return Programs(keys).Set("backends", "{programs: {" + programs + "}}");
}

/// A server with programs written by the test: /cgi-bin/ is the directory `cgi`.
struct Site {
  /// A script of the shell, which knows the server's directory as $DIR.
  void Script(const std::string& name, const std::string& text) const {
    Program(name, "#!/bin/sh\n" + text);
  }
  void Program(const std::string& name, const std::string& contents) const {
    server.Write("cgi/" + name, contents);
    std::filesystem::permissions(server.Path("cgi/" + name), std::filesystem::perms(0755));
  }

  void Start(const Config& config = Programs()) {
    std::filesystem::create_directories(server.Path("cgi"));
    server.Start(config);
  }

  [[nodiscard]] Client Connect() const { return Client(server.Port()); }
  [[nodiscard]] Answer Get(const std::string& target, const std::string& lines = {}) const {
    Client client = Connect();
    client.SendGet(target, lines);
    return client.Read();
  }
  [[nodiscard]] Answer Post(const std::string& target, const std::string& body,
                            const std::string& lines = {}) const {
    Client client = Connect();
    client.Send("POST " + target + " HTTP/1.1\r\nHost: test\r\n" + lines +
                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.Read();
  }
  /// The number that a script has written into a file, once it has.
  [[nodiscard]] pid_t PidIn(const std::string& name) const {
    pid_t pid = 0;
    BOOST_TEST(Eventually([&] {
      std::ifstream file(server.Path(name));
      std::string line;
      // Whole lines only: it may be being written.
      if (!std::getline(file, line) || file.eof()) return false;
      pid = std::stoi(line);
      return true;
    }));
    return pid;
  }
  void WaitForFile(const std::string& name) const {
    BOOST_TEST(Eventually([&] { return std::filesystem::exists(server.Path(name)); }));
  }
  void ExpectNoPrograms() const {
    BOOST_TEST(Eventually([&] {
      const std::vector<pid_t> workers = server.WorkerPids();
      return std::all_of(workers.begin(), workers.end(),
                         [](pid_t worker) { return ChildrenOf(worker).empty(); });
    }));
  }

  Server server;
};

/// Reads until the connection ends, and says whether all chunks came.
inline bool IsCut(Client& client, seconds patience = kPatience) {
  std::string rest;
  for (;;) {
    switch (client.WaitForEnd(patience)) {
      case Client::End::more_bytes:
        rest += client.TakeReceived();
        continue;
      case Client::End::deadline:
        BOOST_ERROR("the connection did not end");
        return false;
      default:
        return !rest.ends_with("0\r\n\r\n");
    }
  }
}

inline constexpr const char* kText = "echo 'Content-Type: text/plain'; echo\n";
/// Starts one more process, and waits with it.
inline const std::string kHang = "sleep 600 & echo $! > $DIR/child; echo $$ > $DIR/pid; wait\n";

}  // namespace tined::test

// What the tests of executors share: a server whose modules have processes of their own, and what
// is to be known of those.
#pragma once

#include <sys/types.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/server.hpp"

namespace tined::test {

/// A module of which each request has a process.
inline Handler InProcess(const std::string& module, const std::string& more = "") {
  return Module(module, "run: process" + (more.empty() ? "" : ", " + more));
}

inline Config Serving(const std::string& processes) {
  return Config()
      .Workers(1)
      .Set("backends", "{processes: {" + processes + "}}")
      .Route("/ping", Respond("pong"))
      .Route("/fib/", InProcess("fibonacci"))
      .Route("/sleep/", InProcess("sleep"))
      .Route("/echo", InProcess("echo"))
      .Route("/chaos/", InProcess("chaos"))
      .Route("/pieces", InProcess("pieces"));
}

/// With a module that does not get through its start when there is a file `hold`, or while there is
/// a file `wait`.
inline Config StartsConfig(const std::string& file = "hold") {
  return Config()
      .Workers(1)
      .Set("backends", "{processes: {count: 1, max: 4}}")
      .Route("/starts", InProcess("starts", "settings: {" + file + ": \"${DIR}/" + file + "\"}"));
}

inline nlohmann::json Executors(const Server& server) { return server.Status()["executors"]; }

/// Waits until the status says so of executors.
inline bool Becomes(const Server& server, const char* what, std::uint64_t number) {
  return Eventually([&] { return Executors(server)[what] == number; });
}

/// The number behind `pid=` in the first line of the log that contains `text`.
inline pid_t PidIn(const Server& server, const std::string& text) {
  const std::string log = server.Log();
  return std::stoi(log.substr(log.find("pid=", log.find(text)) + 4));
}

inline pid_t LastPidIn(const Server& server, const std::string& text) {
  const std::string log = server.Log();
  return std::stoi(log.substr(log.find("pid=", log.rfind(text)) + 4));
}

inline void ExpectGone(const std::vector<pid_t>& pids) {
  for (const pid_t pid : pids) {
    BOOST_TEST(Eventually([&] { return !IsRunning(pid); }), "process " << pid << " stays");
  }
}

}  // namespace tined::test

// What the tests of tinectl and of the control socket share.
#pragma once

#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/contains.hpp"
#include "tests/integration/server.hpp"

namespace tined::test {

inline Config TwoWorkers() { return Config().Workers(2).Route("/ping", Respond("pong\\n")); }

/// One line to the control socket of `server`, as a program of one's own would send it, and the
/// answer.
inline nlohmann::json AskRaw(const Server& server, const std::string& line) {
  Client client(server.Path("control.sock"));
  client.Send(line + "\n");
  std::string answer;
  while (!answer.ends_with('\n')) {
    char byte = 0;
    BOOST_REQUIRE(::recv(client.descriptor(), &byte, 1, 0) == 1);
    answer.push_back(byte);
  }
  return nlohmann::json::parse(answer);
}

}  // namespace tined::test

// One server that the cases of a suite share, and how they talk to it. A suite that uses it is
// declared with the fixture Wire; no case may harm the server.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/integration/client.hpp"
#include "tests/integration/server.hpp"

namespace tined::test {

struct Wire {
  Wire();
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  Server server;
  std::uint16_t port = 0;
};

/// The suite's server. It serves /ping, /files (hello.txt, alphabet, coded.txt with siblings),
/// /old, /post (POST alone), /hosted (of one.example and two.example).
[[nodiscard]] const Wire& TheWire();

/// Connects to the suite's server.
[[nodiscard]] Client Connect();

/// One connection, these bytes, the answer.
[[nodiscard]] Answer Ask(const std::string& bytes);

/// A request for `target` with these further field lines, and its answer.
[[nodiscard]] Answer Ask(const std::string& method, const std::string& target,
                         const std::string& lines = {});

/// Bytes that must end in `status`, in an announced close, and in no further answer.
void ExpectRefused(int status, const std::string& bytes);

/// The beginning of a request: more fields, and the empty line, may follow.
inline const std::string kGet = "GET /ping HTTP/1.1\r\nHost: a\r\n";
inline const std::string kPost = "POST /ping HTTP/1.1\r\nHost: a\r\n";

}  // namespace tined::test

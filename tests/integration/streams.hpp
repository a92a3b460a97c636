// What the tests of streams share: listeners that hand connections to a module in each way to run
// it.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/server.hpp"

namespace tined::test {

inline const std::vector<std::string> kRuns = {"event", "thread", "process"};

/// One listener for each way to run the module, named after it.
inline Config Streams(const std::string& module, const std::string& more = "") {
  Config config;
  for (const std::string& run : kRuns) {
    config.Listener(run).Stream(Module(module, "run: " + run), more);
  }
  return config;
}

inline void Await(Client& client, const std::string& bytes) {
  BOOST_TEST(client.ReadBytes(bytes.size()) == bytes);
}

}  // namespace tined::test

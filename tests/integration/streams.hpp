// What the tests of streams share: listeners that hand connections to a module in each way to run
// it.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/server.hpp"

namespace tined::test {

inline const std::vector<std::string> kRuns = {"event", "thread", "process"};

inline std::string Listener(const std::string& name, const std::string& module,
                            const std::string& run, const std::string& more = "") {
  return "  - {name: " + name + ", address: \"127.0.0.1:0\", stream: {module: {file: \"" +
         TINED_EXAMPLES "/" + module + ".so\", run: " + run + "}" + more + "}}\n";
}

/// One listener for each way to run the module.
inline std::string Listeners(const std::string& module, const std::string& more = "") {
  std::string yaml = "listeners:\n";
  for (const std::string& run : kRuns) yaml += Listener(run, module, run, more);
  return yaml;
}

inline void Await(Client& client, const std::string& bytes) {
  BOOST_TEST(client.ReadBytes(bytes.size()) == bytes);
}

}  // namespace tined::test

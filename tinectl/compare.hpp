// tinectl compare: one module under the three backends, the same load on each.
#pragma once

#include <string>
#include <vector>

namespace tined::tinectl {

struct CompareOptions {
  std::string tined;
  std::string module;
  std::string settings;
  std::string request = "GET /";
  std::vector<std::string> fields;
  std::string body;
  std::vector<std::string> runs = {"event", "thread", "process"};
  int connections = 8;
  int workers = 1;
  int concurrency = 0;  ///< 0: one a CPU
  double seconds = 3;
  bool as_json = false;
};

/// Measures, shows how far it is on the terminal, and prints a table. Throws std::exception.
void Compare(CompareOptions options);

}  // namespace tined::tinectl

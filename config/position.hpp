// Where an operator wrote a value: what an error that is found later points at.
#pragma once

#include <string>

namespace tined::config {

/// Where a value was written, for errors found after loading (a port in use, a missing directory).
/// An empty file means a built-in default.
struct Position {
  std::string file;
  int line = 0;    ///< from 1
  int column = 0;  ///< from 1
};

}  // namespace tined::config

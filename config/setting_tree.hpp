// What an operator configures for somebody else: values without a meaning of ours.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tined::config {

/// A tree of values that mean nothing here: what a module is given.
struct Setting {
  enum class Kind { null, boolean, integer, real, string, list, map };
  Kind kind = Kind::null;
  std::string text;            ///< of a scalar, as written
  bool boolean = false;        ///< its value, if it is one
  std::int64_t integer = 0;    ///< its value, if it is one
  double real = 0;             ///< its value, if it is a number
  std::string key;             ///< in a map: what this is the value of
  std::vector<Setting> items;  ///< of a list or map
  std::string where;           ///< "tined.yaml:12:30"
};

}  // namespace tined::config

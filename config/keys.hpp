// Every key that a configuration can have, as the loader knows them: for the tables of
// docs/configuration.md and the checks that keep other papers in step.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tined::config {

struct KeyInfo {
  std::string path;      ///< "workers.restart.limit", "listeners.routes.static.root"
  std::string expected;  ///< what its value has to be, in words
  std::string about;     ///< what it is, a sentence or two
  bool is_section = false;
  bool is_required = false;
  bool is_tree = false;                ///< takes any values; what is in them is not listed
  bool is_list = false;                ///< takes a list, or one value alone
  std::string default_text;            ///< as in a file, lists with a space after each comma
  std::vector<std::string> words;      ///< the only values, if they are few
  std::optional<std::uint64_t> least;  ///< a number's
  std::optional<std::uint64_t> most;
  std::string allowed;  ///< the range of a duration or a size
};

/// All keys, sections before what is in them.
std::vector<KeyInfo> Keys();

/// Keys that a later version will have; "listeners.routes.module".
std::vector<std::string> LaterKeys();

}  // namespace tined::config

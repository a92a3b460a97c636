// The one place that decides what a child keeps of the supervisor it was forked from.
#pragma once

#include <string>
#include <vector>

#include "children/identity.hpp"

namespace tined::children {

/// What a child needs; everything else is closed.
struct Belongings {
  std::vector<int> descriptors;  ///< in any order, -1 allowed; 0, 1 and 2 stay always
  std::string name;              ///< as ps and top show it, at most 15 bytes of it
};

/// Makes this process, just forked, a child of its own: closes what is not its own, blocks every
/// signal but those that tell of a crash, names itself and becomes `identity`. Throws
/// std::system_error.
void AfterFork(Belongings belongings, const Identity& identity);

}  // namespace tined::children

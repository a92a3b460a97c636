// The version of this program. CMakeLists.txt says which.
#pragma once

#include <string_view>

namespace tined {

inline constexpr std::string_view kVersion = TINED_VERSION;

}  // namespace tined

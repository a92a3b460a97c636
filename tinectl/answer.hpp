// What a supervisor answers, read from the line that it is: by whoever serves the control socket,
// which may be another version of this program. Pure functions.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace tined::tinectl {

/// More is not waited for.
inline constexpr std::size_t kLongestAnswer = std::size_t{16} << 20;

/// The answer in `line`: an object that says whether it is `ok`. Throws std::runtime_error.
[[nodiscard]] nlohmann::json ReadAnswer(std::string_view line);

[[nodiscard]] bool IsOk(const nlohmann::json& answer);
/// Why it is not ok, at least one reason.
[[nodiscard]] std::vector<std::string> ErrorsOf(const nlohmann::json& answer);
/// The number of workers that drain, in the answer to `stop`; 0 when it has none.
[[nodiscard]] int DrainingIn(const nlohmann::json& answer);

}  // namespace tined::tinectl

// The supervisor's answers as text for people.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace tined::tinectl {

/// What has come of `command`, by an answer that is ok; empty where there is nothing to tell.
/// Throws std::runtime_error when the answer lacks what belongs to it.
[[nodiscard]] std::string Show(std::string_view command, const nlohmann::json& answer);

}  // namespace tined::tinectl

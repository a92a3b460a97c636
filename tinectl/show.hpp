// The supervisor's answers as text for people.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tined::tinectl {

[[nodiscard]] std::string ShowStatus(const nlohmann::json& status);
[[nodiscard]] std::string ShowWorkers(const nlohmann::json& answer);

}  // namespace tined::tinectl

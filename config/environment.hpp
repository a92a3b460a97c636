// Environment variables inside values: `${NAME}`, `${NAME:-default}`, and `$$` for a dollar sign.
// What a variable holds is text and stays text: it never becomes YAML. Pure functions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tined::config {

/// Whether a variable can have this name: letters, digits and `_`, no digit first.
[[nodiscard]] bool IsVariableName(std::string_view name);

/// The value of a variable, none when it is not set.
using LookUp = std::function<std::optional<std::string>(const std::string& name)>;

/// Looks in this process's environment.
std::optional<std::string> FromEnvironment(const std::string& name);

struct Expanded {
  std::string text;
  std::string error;  ///< what is wrong; empty: nothing
};

/// `text` with its variables replaced. `:-` gives the default where a variable is not set or empty,
/// as in a shell, and what is in the default is replaced as well; one that is not set and has no
/// default is an error.
Expanded Expand(std::string_view text, const LookUp& look_up);

/// The text that expands to `text`.
std::string Unexpanded(std::string_view text);

}  // namespace tined::config

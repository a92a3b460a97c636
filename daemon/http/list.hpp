// Header fields whose value is a list (RFC 9110, 5.6.1): elements of all fields of that name
// together, without the white space around them; empty ones do not count. Any thread.
#pragma once

#include <string_view>

#include "http/request.hpp"

namespace tined::http {

/// ASCII letters of either case are the same.
[[nodiscard]] bool EqualsIgnoreCase(std::string_view a, std::string_view b) noexcept;

/// `text` without the spaces and tabs at both ends.
[[nodiscard]] std::string_view Trim(std::string_view text) noexcept;

/// Takes the next element off the front of a list; commas inside quoted strings do not end it.
[[nodiscard]] std::string_view TakeListElement(std::string_view& list) noexcept;

/// Calls `function(element)` for each element.
template <typename Function>
void ForEachListElement(std::string_view list, Function function) {
  while (!list.empty()) {
    if (const std::string_view element = TakeListElement(list); !element.empty()) function(element);
  }
}
/// Calls `function` with each element of all fields of that name.
template <typename Function>
void ForEachListElement(const Request& request, Name name, Function function) {
  for (const Field& field : request.fields) {
    if (field.id == name) ForEachListElement(field.value, function);
  }
}

}  // namespace tined::http

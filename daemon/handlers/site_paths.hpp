// Where paths below a directory lead: what `try` names in place of one, and the slash at the end of
// one that is a directory's. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "answer/exchange.hpp"

namespace tined::handlers {

/// What one of `try` names for a request's path, both below the root; nothing for `=404`, and for a
/// suffix of a name where the path has none at its end.
[[nodiscard]] std::optional<std::string> Named(std::string_view candidate, std::string_view path);

/// Leads to the same path with a slash at its end. As sent, but with one slash in front: two would
/// name another host.
void AnswerWithSlash(answer::Exchange& exchange);

}  // namespace tined::handlers

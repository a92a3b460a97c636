// How a file becomes an answer: which of its representations, on what conditions, which ranges.
// Worker's loop thread.
#pragma once

#include "answer/exchange.hpp"
#include "handlers/resource.hpp"

namespace tined::handlers {

/// The representation the client likes best; of those it likes equally, the one that stands first
/// behind the file itself. The file when nothing is acceptable (RFC 9110, 12.5.3 allows that).
[[nodiscard]] const Representation& Choose(const http::Request& request, const Resource& resource);

/// Answers a GET or HEAD for `resource`, which stays as it is until the answer is written.
void AnswerResource(const Resource& resource, answer::Exchange& exchange);
/// Answers with what Choose gave.
void AnswerResource(const Resource& resource, const Representation& chosen,
                    answer::Exchange& exchange);

}  // namespace tined::handlers

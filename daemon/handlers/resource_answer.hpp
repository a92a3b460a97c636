// How a file becomes an answer: which of its representations, on what conditions, which ranges.
// Worker's loop thread.
#pragma once

#include "handlers/resource.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"

namespace tined::handlers {

/// The representation the client likes best; of those it likes equally, the one that stands first
/// behind the file itself. The file when nothing is acceptable (RFC 9110, 12.5.3 allows that).
[[nodiscard]] const Representation& Choose(const http::Request& request, const Resource& resource);

/// Answers a GET or HEAD for `resource`, which is borrowed for the length of the call.
void AnswerResource(const http::Request& request, const Resource& resource, http::Reply& reply);
/// Answers with what Choose gave.
void AnswerResource(const http::Request& request, const Resource& resource,
                    const Representation& chosen, http::Reply& reply);

}  // namespace tined::handlers

// How a file becomes an answer: which of its representations, on what conditions, which ranges.
// Worker's loop thread.
#pragma once

#include "handlers/resource.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"

namespace tined::handlers {

/// Answers a GET or HEAD for `resource`, which is borrowed for the length of the call.
void AnswerResource(const http::Request& request, const Resource& resource, http::Reply& reply);

}  // namespace tined::handlers

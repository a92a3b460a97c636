// The boundary between the worker and its handlers: whatever a handler does, the worker gets an
// answer and no exception. Worker's loop thread.
#pragma once

#include "handlers/handler.hpp"

namespace tined::handlers {

/// Answers `request` by `handler`. OPTIONS (unless the handler takes it), methods that the handler
/// does not know (405) and methods that nothing here knows (501) are answered without it. A handler
/// that throws before it began its answer gets a 500 in its place; after that the answer stays
/// incomplete (Reply::is_complete) and the connection cannot go on. Both are logged.
void Dispatch(Handler& handler, const http::Request& request, http::Reply& reply) noexcept;

/// Composes the answer that a handler has left for later and that is done now. What is wrong with
/// it is dealt with as in Dispatch.
void Complete(http::Pending& pending, const http::Request& request, http::Reply& reply) noexcept;

/// Has the handler of a stream answer a message. What is wrong with the answer is dealt with as in
/// Dispatch.
void Receive(Handler& handler, const http::Request& message, http::Reply& reply) noexcept;

/// True when Dispatch would let `handler` answer: its body, if any, is worth waiting for.
[[nodiscard]] bool Accepts(const Handler& handler, const http::Request& request) noexcept;

/// Answers a request that no route matches: 404; or, where routes match its path but not its
/// method, `allow` lists the methods that they take. "OPTIONS *" asks about the server as a whole.
void AnswerUnrouted(const http::Request& request, std::string_view allow,
                    http::Reply& reply) noexcept;

}  // namespace tined::handlers

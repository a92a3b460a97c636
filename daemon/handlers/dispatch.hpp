// The boundary between the worker and its handlers: whatever a handler does, the worker gets an
// answer and no exception. Worker's loop thread.
#pragma once

#include "handlers/handler.hpp"

namespace tined::handlers {

/// Has `handler` answer. OPTIONS (unless the handler takes it), methods that the handler does not
/// know (405) and methods that nothing here knows (501) are answered without it. A handler that
/// throws or decides nothing gets a 500 in its place, and a line in the log. Without memory for
/// that the exchange stays undecided.
void Dispatch(Handler& handler, answer::Exchange& exchange) noexcept;

/// Composes the answer that a handler has left for later and that is done now. What is wrong with
/// it is dealt with as in Dispatch.
void Complete(answer::Pending& pending, answer::Exchange& exchange) noexcept;

/// Has the handler of a stream answer a message. One that throws ends the stream, with a line in
/// the log.
void Dispatch(StreamHandler& handler, const stream::Message& message,
              stream::Reply& reply) noexcept;
/// Composes a reply that was left for later and is done now.
void Complete(stream::Pending& pending, stream::Reply& reply) noexcept;

/// True when Dispatch would let `handler` answer: its body, if any, is worth waiting for.
[[nodiscard]] bool Accepts(const Handler& handler, const http::Request& request) noexcept;

/// Answers a request that no route matches: 404; or, where routes match its path but not its
/// method, `allow` lists the methods that they take. "OPTIONS *" asks about the server as a whole.
void AnswerUnrouted(std::string_view allow, answer::Exchange& exchange) noexcept;

}  // namespace tined::handlers

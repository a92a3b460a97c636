#include "handlers/dispatch.hpp"

#include <fmt/format.h>

#include <exception>

#include "base/log.hpp"

namespace tined::handlers {
namespace {

using http::Method;

/// True when `method` is an item of `list`, "GET, HEAD".
bool Lists(std::string_view list, std::string_view method) noexcept {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    if (list.substr(0, end) == method) return true;
    list.remove_prefix(std::min(end + 2, list.size()));
  }
  return false;
}

/// Nothing here tunnels, reflects or takes extension methods (RFC 9110, 9.1: 501, not 405).
bool IsImplemented(Method method) noexcept {
  return method != Method::connect && method != Method::trace && method != Method::other;
}

/// Answers OPTIONS with `allow`, and all other methods that they are not among it.
void AnswerAllow(const http::Request& request, std::string_view allow, http::Reply& reply) {
  const std::string line = fmt::format("Allow: {}\r\n", allow);
  if (request.method != Method::options) return http::AnswerStatus(reply, 405, line);
  reply.Start(204);
  reply.Lines(line);
  reply.NoBody();
}

/// Runs `answer`, and answers for it when it throws or says nothing.
template <typename Function>
void Guard(const http::Request& request, http::Reply& reply, Function answer) noexcept {
  const auto fail = [&](std::string_view reason) {
    try {
      log::Error("handler failed",
                 {{"reason", reason}, {"method", request.method_text}, {"target", request.target}});
      if (reply.status() == 0) http::AnswerStatus(reply, 500);
    } catch (...) {
      // Out of memory: the reply stays incomplete, which its owner sees.
    }
  };
  try {
    answer();
    if (!reply.is_complete() && reply.pending() == nullptr && reply.redirect().empty()) {
      fail("it left its answer incomplete");
    }
  } catch (const std::exception& error) {
    fail(error.what());
  } catch (...) {
    fail("unknown exception");
  }
}

}  // namespace

bool Accepts(const Handler& handler, const http::Request& request) noexcept {
  return IsImplemented(request.method) &&
         (request.method != Method::options || handler.TakesOptions()) &&
         Lists(handler.AllowedMethods(), request.method_text);
}

void Dispatch(Handler& handler, const http::Request& request, http::Reply& reply) noexcept {
  Guard(request, reply, [&] {
    if (Accepts(handler, request)) return handler.Answer(request, reply);
    if (!IsImplemented(request.method)) return http::AnswerStatus(reply, 501);
    AnswerAllow(request, handler.AllowedMethods(), reply);
  });
}

void Receive(Handler& handler, const http::Request& message, http::Reply& reply) noexcept {
  Guard(message, reply, [&] { handler.Answer(message, reply); });
}

void Complete(http::Pending& pending, const http::Request& request, http::Reply& reply) noexcept {
  Guard(request, reply, [&] { pending.Compose(reply); });
}

void AnswerUnrouted(const http::Request& request, std::string_view allow,
                    http::Reply& reply) noexcept {
  Guard(request, reply, [&] {
    if (!IsImplemented(request.method)) return http::AnswerStatus(reply, 501);
    if (request.path == "*") return AnswerAllow(request, kEveryMethod, reply);
    if (!allow.empty()) return AnswerAllow(request, allow, reply);
    http::AnswerStatus(reply, 404);
  });
}

}  // namespace tined::handlers

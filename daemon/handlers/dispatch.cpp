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

/// Nothing here tunnels or reflects, or knows extension methods (RFC 9110, 9.1: 501, not 405).
bool IsImplemented(Method method) noexcept {
  return method != Method::connect && method != Method::trace && method != Method::other;
}

/// Answers OPTIONS with `allow`, and all other methods that they are not among it.
void AnswerAllow(std::string_view allow, answer::Exchange& exchange) {
  const std::string line = fmt::format("Allow: {}\r\n", allow);
  if (exchange.request.method != Method::options) {
    return answer::AnswerStatus(exchange, 405, line);
  }
  exchange.answer.status = 204;
  exchange.answer.fields.Append(line);
}

/// Runs `act`; calls `fail` with what was thrown.
template <typename Act, typename Fail>
void Guard(Act act, Fail fail) noexcept {
  try {
    try {
      act();
    } catch (const std::exception& error) {
      fail(error.what());
    } catch (...) {
      fail("unknown exception");
    }
  } catch (...) {
    // Out of memory: nothing is decided, which the owner of the exchange sees.
  }
}

/// Runs `act`, and answers for it when it throws or decides nothing.
template <typename Act>
void Guard(answer::Exchange& exchange, Act act) noexcept {
  const auto fail = [&](std::string_view reason) {
    exchange.answer = {};
    exchange.later.reset();
    exchange.redirection.reset();
    log::Error("handler failed", {{"reason", reason},
                                  {"method", exchange.request.method_text},
                                  {"target", exchange.request.target},
                                  log::IfAny("id", exchange.request.request_id)});
    answer::AnswerStatus(exchange, 500);
  };
  Guard(
      [&] {
        act();
        if (!exchange.is_decided()) fail("it left its answer incomplete");
      },
      fail);
}

template <typename Act>
void Guard(stream::Reply& reply, Act act) noexcept {
  Guard(act, [&](std::string_view reason) {
    stream::Fail(reply, 500);
    log::Error("handler of a stream failed", {{"reason", reason}});
  });
}

}  // namespace

bool Accepts(const Handler& handler, const http::Request& request) noexcept {
  if (request.method == Method::other) return handler.TakesUnknownMethods();
  return IsImplemented(request.method) &&
         (request.method != Method::options || handler.TakesOptions()) &&
         Lists(handler.AllowedMethods(), request.method_text);
}

void Dispatch(Handler& handler, answer::Exchange& exchange) noexcept {
  Guard(exchange, [&] {
    exchange.is_handled = Accepts(handler, exchange.request);
    if (exchange.is_handled) return handler.Answer(exchange);
    if (!IsImplemented(exchange.request.method)) return answer::AnswerStatus(exchange, 501);
    AnswerAllow(handler.AllowedMethods(), exchange);
  });
}

void Complete(answer::Pending& pending, answer::Exchange& exchange) noexcept {
  exchange.is_handled = true;
  Guard(exchange, [&] { pending.Compose(exchange); });
}

void Dispatch(StreamHandler& handler, const stream::Message& message,
              stream::Reply& reply) noexcept {
  Guard(reply, [&] { handler.Answer(message, reply); });
}

void Complete(stream::Pending& pending, stream::Reply& reply) noexcept {
  Guard(reply, [&] { pending.Compose(reply); });
}

void AnswerUnrouted(std::string_view allow, answer::Exchange& exchange) noexcept {
  Guard(exchange, [&] {
    if (!IsImplemented(exchange.request.method)) return answer::AnswerStatus(exchange, 501);
    if (exchange.request.path == "*") return AnswerAllow(kEveryMethod, exchange);
    if (!allow.empty()) return AnswerAllow(allow, exchange);
    answer::AnswerStatus(exchange, 404);
  });
}

}  // namespace tined::handlers

// One request and what becomes of it, whatever protocol carried it: exactly one of an answer, an
// answer that comes later, and the answer of another handler. Made for the length of a call; a
// handler that answers later keeps what it needs of the request (http::OwnedRequest). Worker's loop
// thread.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "answer/answer.hpp"
#include "answer/pending.hpp"
#include "http/request.hpp"

namespace tined::answer {

/// A wish that another request is answered in this one's place: a GET (for HEAD, a HEAD) of
/// `target`, a path of the same listener and perhaps a query.
struct Redirection {
  std::string target;
  // Who wishes it, for the log.
  std::string route;
  std::string program;
  pid_t pid = 0;
  /// Field lines, each ended by CRLF, that the answer has in place of its own of those names.
  std::string lines = {};
  /// What the request that is replaced takes up until it has been answered (Later::Keep).
  std::shared_ptr<const void> place = nullptr;
};

struct Exchange {
  explicit Exchange(const http::Request& asked) noexcept : request(asked) {}

  const http::Request& request;
  Answer answer;
  std::shared_ptr<Pending> later;
  std::optional<Redirection> redirection;
  bool is_handled = false;  ///< a handler has been given the request

  /// Whether its handler has decided anything.
  [[nodiscard]] bool is_decided() const noexcept {
    return answer.status != 0 || later != nullptr || redirection.has_value();
  }
};

/// As AnswerStatus of an answer (answer.hpp).
inline void AnswerStatus(Exchange& exchange, int status, std::string_view lines = {}) {
  AnswerStatus(exchange.answer, status, lines);
}

}  // namespace tined::answer

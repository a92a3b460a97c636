#include "exchange/basic_rule.hpp"

#include <fmt/format.h>

#include <utility>

namespace tined::exchange {

BasicRule::BasicRule(const config::BasicAuth& basic, backends::Passwords& passwords)
    : passwords_(passwords),
      users_(passwords.UsersOf(basic.users)),
      challenge_(fmt::format("WWW-Authenticate: Basic realm=\"{}\", charset=\"UTF-8\"\r\n",
                             basic.realm)) {}

backends::Passwords::Question BasicRule::QuestionOf(const http::Credentials& said) const {
  return {said.name, said.password, users_->Find(said.name, passwords_.now())};
}

BasicRule::Verdict BasicRule::Judge(const http::Request& request) const {
  const std::optional<http::Credentials> said = http::CredentialsOf(request);
  if (!said) return Verdict::wrong;
  const std::optional<bool> known = passwords_.Known(QuestionOf(*said));
  if (!known) return Verdict::unknown;
  return *known ? Verdict::right : Verdict::wrong;
}

void BasicRule::Refuse(answer::Exchange& exchange) const {
  answer::AnswerStatus(exchange, 401, challenge_);
}

void BasicRule::Ask(answer::Exchange& exchange, const PasswordWait::Past& past) const {
  const std::optional<http::Credentials> said = http::CredentialsOf(exchange.request);
  if (!said) return Refuse(exchange);
  auto wait = std::make_shared<PasswordWait>(exchange.request, past);
  if (!passwords_.Ask(QuestionOf(*said), wait, exchange.request.body.size())) {
    return answer::AnswerStatus(exchange, 503, "Retry-After: 1\r\n");
  }
  exchange.later = std::move(wait);
}

}  // namespace tined::exchange

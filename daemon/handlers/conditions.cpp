#include "handlers/conditions.hpp"

#include "http/conditional.hpp"

namespace tined::handlers {

bool AnswerCondition(answer::Exchange& exchange) {
  const http::Request& request = exchange.request;
  if (!request.may_be_conditional || !http::HasPreconditions(request)) return false;
  switch (http::EvaluatePreconditions(request, {})) {
    case http::Precondition::proceed:
      return false;
    case http::Precondition::not_modified:
      exchange.answer.status = 304;
      return true;
    case http::Precondition::failed:
      answer::AnswerStatus(exchange, 412);
      return true;
  }
  return false;
}

}  // namespace tined::handlers

#include "handlers/conditions.hpp"

#include "http/conditional.hpp"

namespace tined::handlers {

bool AnswerCondition(const http::Request& request, http::Reply& reply) {
  if (!request.may_be_conditional || !http::HasPreconditions(request)) return false;
  switch (http::EvaluatePreconditions(request, {})) {
    case http::Precondition::proceed:
      return false;
    case http::Precondition::not_modified:
      reply.Start(304);
      reply.NoBody();
      return true;
    case http::Precondition::failed:
      http::AnswerStatus(reply, 412);
      return true;
  }
  return false;
}

}  // namespace tined::handlers

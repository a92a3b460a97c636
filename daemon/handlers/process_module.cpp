#include "handlers/process_module.hpp"

#include "backends/processes/process_answer.hpp"

namespace tined::handlers {

void ProcessHandler::Answer(answer::Exchange& exchange) {
  exchange.later = executors_.Ask(number_, exchange.request);
  if (!exchange.later) answer::AnswerStatus(exchange, 503, "Retry-After: 1\r\n");
}

void ProcessStreamHandler::Answer(const stream::Message& message, stream::Reply& reply) {
  reply.later = executors_.Ask(number_, message);
  if (!reply.later) stream::Fail(reply, 503);
}

}  // namespace tined::handlers

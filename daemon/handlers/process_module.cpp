#include "handlers/process_module.hpp"

namespace tined::handlers {

void ProcessModule::Answer(const http::Request& request, http::Reply& reply) {
  std::shared_ptr<http::Pending> answer = executors_.Ask(number_, request);
  if (answer == nullptr) return http::AnswerStatus(reply, 503, "Retry-After: 1\r\n");
  reply.Later(std::move(answer));
}

}  // namespace tined::handlers

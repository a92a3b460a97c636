#include "answer/answer.hpp"

#include <fmt/format.h>

#include "http/status.hpp"

namespace tined::answer {

void AnswerStatus(Answer& answer, int status, std::string_view lines) {
  answer.status = status;
  answer.is_bare = true;
  answer.fields.Clear();
  answer.fields.Append(lines);
  answer.fields.Append("Content-Type: text/plain; charset=utf-8\r\n");
  answer.body = Bytes{{}, fmt::format("{} {}\n", status, http::ReasonPhrase(status))};
}

}  // namespace tined::answer

// The answer to one request, as a value: handlers make it, filters change it, the protocol that the
// request came by turns it into bytes. Whether the request was a HEAD is the protocol's matter too:
// a handler answers it as it would answer GET. Worker's loop thread.
#pragma once

#include <string_view>

#include "answer/body.hpp"
#include "answer/fields.hpp"

namespace tined::answer {

struct Answer {
  int status = 0;  ///< 200 to 599: a final status; 0: nothing is answered yet
  Fields fields{};
  Body body{};
  bool is_bare = false;  ///< it says no more than its status does (AnswerStatus)
  bool closes = false;   ///< the connection closes behind it, where its protocol has a say in that
};

/// Answers with a line of text that explains `status` ("404 Not Found\n"), in place of what
/// `answer` was. `lines`: ready field lines in front of all others.
void AnswerStatus(Answer& answer, int status, std::string_view lines = {});

}  // namespace tined::answer

// Preconditions (RFC 9110, 13) of answers that are made on the spot and have neither an entity tag
// nor a date: fixed answers, listings. Files have their own (resource_answer.hpp). Worker's loop
// thread.
#pragma once

#include "answer/exchange.hpp"

namespace tined::handlers {

/// Evaluates the conditions of a request that would be answered with 2xx: true when one has decided
/// its answer, 304 or 412. No tag matches, "*" does.
[[nodiscard]] bool AnswerCondition(answer::Exchange& exchange);

}  // namespace tined::handlers

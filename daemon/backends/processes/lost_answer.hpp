// Tells the log of a request that got no answer from its executor: one line, whoever knows most of
// it. Of an executor that has died its spawner knows how; of one that lives, only the worker knows
// that something is wrong. Worker's loop thread.
#pragma once

#include <string>
#include <string_view>

#include "backends/request_id.hpp"
#include "loop/loop.hpp"
#include "shared/executor_board.hpp"

namespace tined::backends {

struct Failure {
  bool is_message = false;  ///< the request was a stream's message
  std::string place;        ///< the route's path, the listener's name for a message
  std::string module;
  std::string line;  ///< "GET /path"
  RequestId id{};
};

void LogFailure(const Failure& failure, int status, std::string_view cause);

/// The executor's end of the channel has closed without an answer. Says so in a moment, unless the
/// spawner has told of its death by then (`board`, which outlives `loop`).
void TellUnlessDead(loop::Loop& loop, const shared::ExecutorBoard& board, Failure failure) noexcept;

}  // namespace tined::backends

// One living handshaker: the process, its control pair, its board and what is expected of it. Owned
// by Handshakers (handshakers.hpp), which alone makes and ends it. Supervisor.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/shared_file.hpp"
#include "config/problem.hpp"
#include "loop/loop.hpp"
#include "shared/handshaker_board.hpp"
#include "supervisor/generation/generation.hpp"
#include "supervisor/workers/worker_control.hpp"

namespace tined::supervisor {

struct Handshaker {
  Handshaker(const GenerationPointer& of, int which);
  /// One of the image before.
  explicit Handshaker(int of) : generation_number(of), number(0) {}

  std::weak_ptr<Generation> generation;
  const int generation_number;
  const int number;  ///< among its generation's
  Duration drain_time{};
  std::shared_ptr<SharedFile<shared::HandshakerBoard>> board;  ///< null: of the image before
  pid_t pid = 0;                                               ///< 0: it is to be forked again
  TimePoint started;
  std::optional<WorkerControl> control;
  std::optional<loop::Alarm> alarm;  ///< to be ready in time; to be forked again; to have drained
  std::vector<config::Problem> refusals;
  bool is_ready = false;
  bool has_served = false;  ///< it, or the one before it, has been ready
  bool is_leaving = false;  ///< it drains, or is being ended
};

}  // namespace tined::supervisor

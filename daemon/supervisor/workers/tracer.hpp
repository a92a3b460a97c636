// Which workers are traced, so that their connections can be carried on when they die, and what the
// system has against that. Works on children of the pool. Supervisor, the thread that forks.
#pragma once

#include <string>

#include "supervisor/rescue/tracing.hpp"
#include "supervisor/workers/child.hpp"

namespace tined::supervisor {

class Tracer {
 public:
  /// Traces a child whose generation wants rescue; what the system refuses is logged once.
  void Trace(Child& child);
  /// Traces a child no more, so that a debugger can; or again. errno, or 0.
  [[nodiscard]] static int Set(Child& child, bool is_traced);
  /// A child that has stopped goes on, or is let go.
  static void Resume(const Child& child, const tracing::Stop& stop) noexcept;

  /// What the system refuses that rescue needs; empty: nothing that is known.
  [[nodiscard]] const std::string& obstacle() const noexcept { return obstacle_; }

 private:
  std::string obstacle_;
};

}  // namespace tined::supervisor

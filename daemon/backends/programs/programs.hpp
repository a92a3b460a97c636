// The programs (CGI) that a worker is running: started here, a bounded number at once, and kept
// until each has been waited for. Worker's loop thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backends/programs/program.hpp"
#include "config/model.hpp"
#include "ledger/ledger.hpp"

namespace tined::backends {

class Programs {
 public:
  /// `running` counts them. All outlive this.
  Programs(loop::Loop& loop, const config::Programs& settings, shared::Counter& running);
  Programs(const Programs&) = delete;
  Programs& operator=(const Programs&) = delete;
  /// Kills what is still running.
  ~Programs();

  struct Call {
    Program::Facts facts;
    int file = -1;                         ///< the program, borrowed; -1: what its path leads to
    std::vector<std::string> environment;  ///< "NAME=value"
    const std::vector<children::ProcessLimit>& limits;
    std::string_view input;  ///< copied
  };
  struct Started {
    std::shared_ptr<Program> program;
    int failure = 0;  ///< without a program: the status that says why; it has been logged
  };
  /// Runs the program in the directory that it lies in.
  [[nodiscard]] Started Start(Call call);

 private:
  [[nodiscard]] bool IsFull() noexcept;
  [[nodiscard]] Started Run(Call& call);
  void Drop(const Program& gone) noexcept;

  loop::Loop& loop_;
  const config::Programs& settings_;
  shared::Counter& count_;
  const std::shared_ptr<SpoolSpace> spool_space_;
  std::vector<std::shared_ptr<Program>> running_;
  const children::Confinement confinement_;
  Descriptor nothing_;     ///< the input of those that get none
  TimePoint told_full_{};  ///< when it was last said that too many are running
};

/// What `settings` mean for a process that this one starts: never more than it may use itself.
[[nodiscard]] std::vector<children::ProcessLimit> LimitsOf(const config::ProgramLimits& settings);

}  // namespace tined::backends

// A child that is sent for an answer: it writes to a pipe and ends. Never waited for; one that
// takes too long is ended. Supervisor.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "children/reaper.hpp"
#include "loop/loop.hpp"

namespace tined::supervisor {

class Errand {
 public:
  /// The child has ended, and this is what it has written, as far as it fits into the limit.
  using OnEnd = std::function<void(const std::string& output, const children::Death& death)>;
  struct Settings {
    std::size_t longest_output = 0;
    Duration patience;
  };
  /// `on_late` is called, in place of `on_end`, when the child was ended for taking too long.
  Errand(loop::Loop& loop, children::Reaper& reaper, Settings settings, OnEnd on_end,
         std::function<void()> on_late)
      : loop_(loop),
        reaper_(reaper),
        settings_(settings),
        on_end_(std::move(on_end)),
        on_late_(std::move(on_late)) {}
  Errand(const Errand&) = delete;
  Errand& operator=(const Errand&) = delete;
  ~Errand() { Cancel(); }

  /// Not while one is running. `run` is called in the child with the pipe's end and never returns.
  /// Throws std::system_error.
  void Begin(const std::function<void(int output)>& run);
  [[nodiscard]] bool is_running() const noexcept { return pid_ > 0; }
  /// Ends the child; nothing follows.
  void Cancel();

 private:
  void OnExit(const children::Death& death);
  void ReadOutput();
  void Forget();

  loop::Loop& loop_;
  children::Reaper& reaper_;
  const Settings settings_;
  const OnEnd on_end_;
  const std::function<void()> on_late_;
  pid_t pid_ = -1;
  Descriptor output_end_;
  std::string output_;
  loop::WatchId watch_;
  loop::Reaction on_output_{[this](std::uint32_t) { ReadOutput(); }};
  loop::Alarm timeout_{[this] {
    Cancel();
    on_late_();
  }};
};

}  // namespace tined::supervisor

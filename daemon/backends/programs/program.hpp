// One running program (CGI): its output is read here as it comes, or kept while its client is slow;
// what it writes to its standard error is logged, and it is ended, with all that it has started,
// when it is silent for too long or nobody waits for it. Shared by Programs, which keeps it until
// it has been waited for, and by whoever reads its output. Worker's loop thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "answer/body_source.hpp"
#include "backends/programs/error_lines.hpp"
#include "backends/programs/spool.hpp"
#include "children/death.hpp"
#include "children/spawn.hpp"
#include "loop/loop.hpp"

namespace tined::backends {

class Program final : public std::enable_shared_from_this<Program> {
 public:
  struct Facts {
    std::string route;
    std::string file;
    Duration timeout{};  ///< longest silence
    std::string id{};    ///< what the request is called; empty: nothing
  };
  /// How much of its output is kept for a client that is slow to take it.
  struct Spooling {
    Bytes most;
    std::shared_ptr<SpoolSpace> space;
  };
  struct Pipes {
    Descriptor output;  ///< non-blocking
    Descriptor errors;
  };
  /// `on_gone` is called once, when the process has been waited for.
  Program(loop::Loop& loop, Facts facts, const Spooling& spooling, children::Spawned spawned,
          Pipes pipes, std::function<void(Program&)> on_gone);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  /// Starts to watch it. False: no room in the loop; only Kill is left.
  [[nodiscard]] bool Watch() noexcept;

  /// The next of its output. `end`: that was all, and it has not crashed. `failed`: it has, or has
  /// been ended. After `later`, OnOutput's function is called when there is more to say.
  [[nodiscard]] answer::BodySource::Piece Read(std::span<char> room) noexcept;
  void OnOutput(std::function<void()> action) noexcept { on_output_ = std::move(action); }

  /// What it still writes is thrown away, up to 16 MiB: then its output is closed. It may finish
  /// what it is doing, in its time.
  void Leave() noexcept;
  /// Nobody has any use for it: it and all in its process group get SIGTERM, then SIGKILL.
  void End() noexcept;
  /// Kills the program at once and waits for it.
  void Kill() noexcept;

  [[nodiscard]] bool has_timed_out() const noexcept { return has_timed_out_; }
  /// How it ended, once that is known.
  [[nodiscard]] const std::optional<children::Death>& death() const noexcept { return death_; }
  [[nodiscard]] const Facts& facts() const noexcept { return facts_; }
  [[nodiscard]] pid_t pid() const noexcept { return spawned_.pid; }

 private:
  /// What is waited for, for a while.
  enum class Awaited { output, exit_after_output, late_exit, death };

  void OnOutputEvent(std::uint32_t events) noexcept;
  void OnExit() noexcept;
  void Keep() noexcept;
  [[nodiscard]] std::optional<answer::BodySource::Piece> ReadPipe(std::span<char> room) noexcept;
  void Notify() noexcept;
  void CloseOutput() noexcept;
  void Discard() noexcept;
  void Settle() noexcept;
  void Bury() noexcept;
  void Await(Awaited what, Duration patience) noexcept;
  void OnImpatience() noexcept;
  void LeaveOthers() noexcept;
  void OnErrors() noexcept;
  [[nodiscard]] bool ReadErrors() noexcept;
  void LogError(std::string_view line) const;
  void Signal(int signal) const noexcept;
  void Look(int options) noexcept;

  loop::Loop& loop_;
  const Facts facts_;
  children::Spawned spawned_;
  Pipes pipes_;
  Spool spool_;
  std::function<void(Program&)> on_gone_;
  std::function<void()> on_output_;
  ErrorLines error_lines_;
  std::optional<children::Death> death_;
  bool is_awaited_ = true;       ///< somebody has been told to wait for OnOutput's function
  bool has_writers_ = true;      ///< somebody may still write to the output
  bool is_output_over_ = false;  ///< it has closed its output and goes on
  bool is_left_ = false;
  bool is_cut_off_ = false;  ///< its output was closed under it
  std::size_t discarded_ = 0;
  bool is_ending_ = false;
  bool is_gone_ = false;
  bool is_lost_ = false;  ///< somebody else has waited for it
  bool has_timed_out_ = false;
  Awaited awaited_ = Awaited::output;
  loop::Alarm patience_;
  loop::Alarm lag_{[this] { Keep(); }};  ///< its reader has not come back
  loop::Reaction on_output_event_;
  loop::Reaction on_errors_;
  loop::Reaction on_exit_;
  loop::WatchId output_watch_;
  loop::WatchId errors_watch_;
  loop::WatchId exit_watch_;
};

}  // namespace tined::backends

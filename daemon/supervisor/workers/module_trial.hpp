// What the modules of a child that gets ready have come to, as far as the child tells
// (channels/module_report.hpp) and its death shows. Supervisor: the child is not trusted, so it
// names modules by number, and its words are few and bounded.
#pragma once

#include <string>
#include <vector>

#include "channels/control_pair.hpp"
#include "children/death.hpp"
#include "config/problem.hpp"
#include "loop/loop.hpp"

namespace tined::supervisor {

/// Why a generation cannot be brought into service.
struct StartFailure {
  std::vector<config::Problem> problems;
  bool is_configuration = false;  ///< a module refused it: trying again is of no use

  [[nodiscard]] std::vector<std::string> Lines() const;
};
/// One that has no place in a file.
[[nodiscard]] StartFailure FailureOf(std::string reason);

class ModuleTrial {
 public:
  /// For one module to be configured, and once more to be started.
  static constexpr Duration kPatience = std::chrono::seconds(10);
  /// "it took longer than 10 s".
  [[nodiscard]] static std::string TooLong();

  /// Keeps nothing of `config`.
  explicit ModuleTrial(const config::Config& config);
  ModuleTrial(const ModuleTrial&) = delete;
  ModuleTrial& operator=(const ModuleTrial&) = delete;

  /// For another child: nothing has been said yet.
  void Begin() noexcept;
  /// False when the message is about something else.
  bool Note(const channels::Message& message);
  /// A module is at work: the child's time is that module's.
  [[nodiscard]] bool is_running() const noexcept { return current_ != nullptr; }
  /// Its time is over; the child is being ended for it.
  void GiveUp() noexcept { is_late_ = true; }
  /// "module FILE", for the log; empty when none is at work.
  [[nodiscard]] std::string name() const;

  /// What was wrong with modules, once the child has ended as `death` says; nothing: no problems.
  [[nodiscard]] StartFailure On(const children::Death& death) const;

 private:
  struct Use {
    std::string file;
    config::Position where;
  };

  std::vector<Use> uses_;
  const Use* current_ = nullptr;
  bool is_starting_ = false;
  bool has_refused_ = false;  ///< the current one
  bool is_late_ = false;
  StartFailure refused_;
};

}  // namespace tined::supervisor

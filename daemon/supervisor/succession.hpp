// Another image of the program before or after this one: takes a running service over, gives it to
// the next, and tells whoever waits how that went. Supervisor, its loop's thread.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "supervisor/core.hpp"
#include "supervisor/upgrade/image.hpp"
#include "supervisor/upgrade/upgrade.hpp"

namespace tined::supervisor {

class Succession {
 public:
  /// `on_end` is called when an upgrade has ended, the one by which this image came included: what
  /// waited for that can begin.
  Succession(Core& core, const std::optional<State>& inherited, std::function<void()> on_end);
  Succession(const Succession&) = delete;
  Succession& operator=(const Succession&) = delete;

  /// Goes on where an earlier image of the program stopped: its children serve while this one
  /// brings a generation of its own into service. Throws std::exception.
  void TakeOver(const State& state);

  /// Has the program at the image's path take over. `answer` (may be empty) is called when that
  /// was refused. When it is done, this program is no more: whoever waits connects again and asks
  /// for the outcome.
  void Begin(const Control::Answer& answer);
  /// Answers with the outcome of the last upgrade, when it has ended.
  void AnswerOutcome(const Control::Answer& answer);
  /// The service stops: whoever waits is told so.
  void Cancel(const Errors& errors);

 private:
  void BeginAnew();
  void BringIn(Loaded loaded);
  void OnTakenOver(const GenerationPointer& generation);
  void OnTakeOverFailed(const Errors& errors);
  void GoBack();
  void TryAgain();
  [[nodiscard]] bool HoldsRescued() const;
  [[nodiscard]] std::string Obstacle() const;
  void ReplaceProgram();
  void End(const Errors& errors);
  [[nodiscard]] nlohmann::json Outcome() const;
  [[nodiscard]] State Describe() const;

  Core& core_;
  const std::function<void()> on_end_;
  const Image image_;
  Upgrade upgrade_;
  Descriptor earlier_file_;         ///< the program to go back to, until this one serves
  Descriptor earlier_executors_;    ///< its tined-executor, if it had one
  Descriptor earlier_handshakers_;  ///< its tined-handshaker, if it had one
  loop::Alarm retry_{[this] { BeginAnew(); }};
  loop::Alarm return_{[this] { GoBack(); }};
  TimePoint stays_until_;  ///< to go back then, whatever waits for a worker
  std::vector<Control::Answer> waiting_;
  Errors errors_;  ///< of the last upgrade, and why this image cannot take over
};

}  // namespace tined::supervisor

// The handshakers: the processes that hold private keys and accept where TLS is spoken
// (tined-handshaker). The first of a generation is its trial: what it refuses, the generation is
// refused for. They accept when the generation's workers serve; those of earlier generations finish
// then what they have begun. One that dies is replaced. Supervisor, its loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "children/reaper.hpp"
#include "children/restart_policy.hpp"
#include "loop/loop.hpp"
#include "shared/handshaker_board.hpp"
#include "supervisor/generation/generation.hpp"
#include "supervisor/upgrade/state.hpp"
#include "supervisor/workers/handshaker.hpp"
#include "supervisor/workers/handshaker_program.hpp"
#include "supervisor/workers/module_trial.hpp"
#include "supervisor/workers/served_certificates.hpp"
#include "supervisor/workers/staple_renewal.hpp"

namespace tined::supervisor {

class Handshakers {
 public:
  struct Events {
    /// The generation's first one is: its files are good.
    std::function<void(const GenerationPointer&)> on_ready;
    /// The generation's first one ended before it was ready.
    std::function<void(const GenerationPointer&, const StartFailure&)> on_failed;
    /// One is gone, and none takes its place.
    std::function<void()> on_end;
  };
  /// Makes a handshaker of a fresh child; comes back with an exit status only when that fails.
  using Run = std::function<int(const Generation&, const HandshakerProgram::Borrowed&)>;
  /// `give`: where connections are handed over at this moment (borrowed).
  Handshakers(loop::Loop& loop, children::Reaper& reaper, Run run, std::function<int()> give,
              Events events);
  Handshakers(const Handshakers&) = delete;
  Handshakers& operator=(const Handshakers&) = delete;

  /// Forks the first of a generation with TLS, and the others when that is ready; one of the events
  /// follows.
  void Start(const GenerationPointer& generation);
  /// The workers of that generation serve: its handshakers accept, all others drain.
  void Switch(const Generation& generation);
  /// Nothing comes of that generation: its handshakers, which never accepted, are ended.
  void GiveUp(const Generation& generation);
  /// Connections are handed over on another channel from now on.
  void SendChannel();
  /// All drain, none is replaced.
  void Stop();
  /// Ends those that have not ended by themselves after `patience`.
  void EndAll(Duration patience);
  [[nodiscard]] bool is_empty() const noexcept { return handshakers_.empty(); }

  /// What handshakers have done, those that are gone included.
  struct Counts {
    std::uint64_t count = 0;  ///< processes that are ready and do not drain
    std::uint64_t pending = 0;
    std::uint64_t established = 0;
    std::uint64_t resumed = 0;
    std::uint64_t failed = 0;
    std::uint64_t timed_out = 0;
    std::uint64_t restarts = 0;

    void Add(const shared::HandshakerBoard& board) noexcept;
  };
  [[nodiscard]] Counts AllCounts() const;
  /// Those in use.
  [[nodiscard]] std::vector<ServedCertificate> Certificates() const;

  /// What the next image of this program needs; its handshakers go on until it has its own.
  [[nodiscard]] State::Handshakers Describe() const;
  /// Goes on with those of the image before.
  void Adopt(const State::Handshakers& before);

 private:
  [[nodiscard]] Handshaker* Add(const GenerationPointer& generation, int number);
  [[nodiscard]] bool Fork(Handshaker& handshaker, const Generation& generation);
  /// It is its generation's first, and decides whether the generation comes into service.
  [[nodiscard]] static bool IsTrial(const Handshaker& handshaker) noexcept;
  void Connect(Handshaker& handshaker, Descriptor control);
  void OnMessage(Handshaker& handshaker, channels::Message& message);
  static void OnCopy(const Handshaker& handshaker, channels::Message& message);
  void OnReady(Handshaker& handshaker);
  void OnRefusal(Handshaker& handshaker, const channels::Message& message);
  void OnExit(Handshaker& handshaker, const children::Death& death);
  void OnDeath(Handshaker& handshaker, const GenerationPointer& generation,
               const children::Death& death);
  [[nodiscard]] Duration WaitAfterDeath(const Handshaker& handshaker, TimePoint started,
                                        TimePoint now);
  void TryLater(Handshaker& handshaker, Duration wait);
  void Again(Handshaker& handshaker);
  void Drain(Handshaker& handshaker);
  void KillAfter(Handshaker& handshaker, Duration patience, const char* why);
  void Forget(const Handshaker& handshaker);
  void KillAll();
  void LookAtAll();
  void EndSilent(TimePoint now);

  loop::Loop& loop_;
  children::Reaper& reaper_;
  const Run run_;
  const std::function<int()> give_;
  const Events events_;
  children::RestartPolicy policy_;
  std::vector<std::unique_ptr<Handshaker>> handshakers_;
  int current_ = 0;     ///< the generation whose handshakers accept; 0: none
  Descriptor tickets_;  ///< the key ring of all handshakers; made when there is the first
  Counts past_;
  ExpiryWarnings expiry_;
  StapleRenewal staples_;
  bool is_stopping_ = false;
  loop::Alarm look_{[this] { LookAtAll(); }};
  loop::Alarm kill_{[this] { KillAll(); }};
};

}  // namespace tined::supervisor

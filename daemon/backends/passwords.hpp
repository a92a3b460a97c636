// Has passwords compared with their hashes, off the loop: on a few threads of the worker's pool at
// once, one computation for all who ask the same, no more of them waiting than is said here. What
// came of it is remembered for a while, by a keyed digest; wrong ones by themselves, so that
// whoever tries many has no right one forgotten. One a worker, its loop's thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/threads.hpp"
#include "backends/users.hpp"
#include "base/clock.hpp"
#include "base/digest.hpp"
#include "loop/loop.hpp"

namespace tined::backends {

class Passwords {
 public:
  static constexpr Duration kRightFor = std::chrono::minutes(5);
  static constexpr Duration kWrongFor = std::chrono::seconds(10);
  static constexpr std::size_t kMostRemembered = 4096;  ///< right ones, and as many wrong ones
  static constexpr std::size_t kMostAtOnce = 2;         ///< are computed
  static constexpr std::size_t kMostWaiting = 64;       ///< for that
  static constexpr std::size_t kMostAsking = 1024;
  static constexpr std::size_t kMostKept = std::size_t{32} << 20;  ///< bytes that askers keep

  /// Who waits for an answer.
  class Asker {
   public:
    Asker() = default;
    Asker(const Asker&) = delete;
    Asker& operator=(const Asker&) = delete;
    virtual ~Asker() = default;
    /// Once, on the loop's thread. Nothing: it could not be computed.
    virtual void OnChecked(std::optional<bool> is_right) noexcept = 0;
  };

  struct Question {
    std::string_view name;
    std::string_view password;
    Users::Hash hash;
  };

  /// Both outlive this.
  Passwords(const loop::Loop& loop, Threads& threads) : loop_(loop), threads_(threads) {}
  Passwords(const Passwords&) = delete;
  Passwords& operator=(const Passwords&) = delete;

  /// The users of that file, which all who name it have in common. Throws as Users does.
  [[nodiscard]] std::shared_ptr<Users> UsersOf(const std::string& path);
  /// The time by which everything here goes: that of this turn of the loop.
  [[nodiscard]] TimePoint now() const noexcept { return loop_.now(); }

  /// What is known already; the same all through a turn of the loop.
  [[nodiscard]] std::optional<bool> Known(const Question& question) const noexcept;
  /// Has it computed, and `asker` told, who keeps `bytes` of memory meanwhile. False: too many
  /// wait.
  [[nodiscard]] bool Ask(const Question& question, std::weak_ptr<Asker> asker, std::size_t bytes);

 private:
  class Check;
  using Proof = std::array<std::uint64_t, 2>;  ///< of a question
  /// Answers that are remembered, right ones or wrong ones, the oldest first.
  struct Memory {
    std::map<Proof, TimePoint> until;
    std::deque<Proof> order;
  };
  [[nodiscard]] Proof ProofOf(const Question& question) const noexcept;
  [[nodiscard]] bool Remembers(const Memory& memory, const Proof& proof) const noexcept;
  void Remember(Memory& memory, const Proof& proof, Duration time);
  void StartMore();
  void OnFinished(Check& check) noexcept;
  void End(Check& check) noexcept;

  const loop::Loop& loop_;
  Threads& threads_;
  const DigestKey first_key_ = DigestKey::Random();
  const DigestKey second_key_ = DigestKey::Random();
  std::map<std::string, std::shared_ptr<Users>> users_;
  Memory right_;
  Memory wrong_;
  std::map<Proof, std::shared_ptr<Check>> checks_;  ///< that are computed, or wait
  std::deque<std::shared_ptr<Check>> waiting_;
  std::size_t at_work_ = 0;
  std::size_t asking_ = 0;
  std::size_t kept_ = 0;
};

}  // namespace tined::backends

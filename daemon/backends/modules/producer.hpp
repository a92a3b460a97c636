// Bodies that a module makes in pieces, as the connection asks for them.
// Worker's loop thread; with a pool, pieces are made on its threads. Executors.
#pragma once

#include <tined/module.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "answer/body_source.hpp"
#include "backends/threads.hpp"
#include "ledger/handling.hpp"

namespace tined::backends {

/// Whose body this is, for the log and for the note of a crash.
struct Origin {
  std::string module;
  std::string route;
  std::string method;
  std::string target;
  int minor_version = 1;
  ledger::RequestId id{};
};

/// A producer that is released when it is destroyed. One thread at a time.
class Producer {
 public:
  /// Made while its request is being handled, which is at fault if `next` crashes.
  explicit Producer(const tined_producer& table) noexcept : table_(table) {}
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  ~Producer() {
    if (table_.release != nullptr) table_.release(table_.state);
  }

  void SetOrigin(Origin origin) noexcept { origin_ = std::move(origin); }
  /// The size of the whole body, as its header says.
  void SetLength(std::optional<std::uint64_t> length) noexcept { length_ = length; }

  /// Asks the module for the next piece. Logs why there is none to come. `shown`: where others see
  /// what this thread is at, or null.
  [[nodiscard]] answer::BodySource::Piece Next(
      std::span<char> room, std::atomic<std::uint64_t>* shown = nullptr) noexcept;

  /// Nobody wants the body any more, though a thread may still be at work on a piece.
  void GiveUp() noexcept { is_gone_ = true; }
  /// Logs that a piece has taken too long.
  void LogOverdue(std::string_view stack) const noexcept;

  /// The host's producer_fail.
  static void TellReason(tined_text reason) noexcept;

 private:
  [[nodiscard]] answer::BodySource::Piece Judge(std::ptrdiff_t size, std::size_t room);
  [[nodiscard]] answer::BodySource::Piece Fail(std::string_view reason) const noexcept;
  void Log(std::string_view reason, std::string_view stack) const noexcept;

  const tined_producer table_;
  const ledger::Handling handling_ = ledger::Handling::Of(ledger::handled_by_this_thread);
  Origin origin_;
  std::optional<std::uint64_t> length_;
  std::uint64_t made_ = 0;  ///< bytes so far
  std::atomic<bool> is_gone_{false};
};

/// Where pieces are made.
struct Workplace {
  Threads* pool = nullptr;                      ///< there, or where they are asked for
  std::atomic<std::uint64_t>* shown = nullptr;  ///< as in Producer::Next; of the latter
};
[[nodiscard]] std::unique_ptr<answer::BodySource> MakeSource(std::shared_ptr<Producer> producer,
                                                             const Workplace& where);

}  // namespace tined::backends

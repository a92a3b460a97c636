// What becomes of a request whose worker ended while its handler was at work: a pure decision.
// Worker's loop thread.
#pragma once

#include <cstdint>

#include "config/model.hpp"
#include "http/request.hpp"
#include "ledger/parcel.hpp"

namespace tined::exchange {

enum class Verdict : std::uint8_t {
  run,             ///< let its handler answer, again if need be
  failed,          ///< 500: its handler ended the worker
  outcome_unknown  ///< 502: it may have taken effect, and must not do so twice
};

struct ReplayRule {
  config::Replay allowed = config::Replay::none;
  /// Whether its handler runs in another process: the worker's end is not its doing, however often.
  bool is_apart = false;
};

/// `replays`: how often it has been run again already.
[[nodiscard]] Verdict Judge(ledger::Fate fate, http::Method method, ReplayRule rule,
                            int replays) noexcept;

}  // namespace tined::exchange

#include "exchange/replay.hpp"

#include "http/method.hpp"

namespace tined::exchange {
namespace {

/// A request that has been interrupted this often is more likely the reason than the victim.
constexpr int kMostReplays = 1;
/// A request that cannot be the reason is replayed so often. There is an end to it, whatever else
/// is wrong.
constexpr int kMostReplaysApart = 8;

bool IsIdempotent(http::Method method) noexcept {
  return http::IsSafe(method) || method == http::Method::put || method == http::Method::del;
}

bool Allows(config::Replay allowed, http::Method method) noexcept {
  switch (allowed) {
    case config::Replay::safe:
      return http::IsSafe(method);
    case config::Replay::idempotent:
      return IsIdempotent(method);
    case config::Replay::none:
      return false;
  }
  return false;
}

}  // namespace

Verdict Judge(ledger::Fate fate, http::Method method, ReplayRule rule, int replays) noexcept {
  const int most = rule.is_apart ? kMostReplaysApart : kMostReplays;
  switch (fate) {
    case ledger::Fate::untouched:
      return Verdict::run;
    case ledger::Fate::culprit:
      return Verdict::failed;
    case ledger::Fate::interrupted:
      return replays < most && Allows(rule.allowed, method) ? Verdict::run
                                                            : Verdict::outcome_unknown;
  }
  return Verdict::failed;
}

}  // namespace tined::exchange

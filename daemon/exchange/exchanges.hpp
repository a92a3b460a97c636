// Has requests answered, whatever protocol carried them: finds the handler, judges whether it may
// run (again), calls it, and keeps the books: counters and the access log. It knows nothing of how
// requests and answers look on the wire. One a worker, its loop thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "answer/exchange.hpp"
#include "config/model.hpp"
#include "exchange/access_log.hpp"
#include "exchange/routes.hpp"
#include "exchange/wall_clock.hpp"
#include "ledger/handling.hpp"
#include "ledger/ledger.hpp"
#include "ledger/parcel.hpp"
#include "loop/loop.hpp"
#include "shared/quarantine.hpp"

namespace tined::exchange {

using Match = http::Router::Match;

/// The durable half of an exchange: where another worker would find how far it has come.
struct RecordRef {
  ledger::Record& record;      ///< of its connection
  ledger::Exchange& exchange;  ///< within that
  std::uint32_t number;        ///< of the record
  ledger::Fate fate;           ///< what happened to it in another worker
  std::string_view input;   ///< begins with the request: by its first line the supervisor knows it
  bool is_resumed = false;  ///< its answer was under way in another worker, and goes on here
};

class Exchanges {
 public:
  struct Surroundings {
    const config::Config& config;
    ledger::Scoreboard& board;
    AccessLog& access_log;
    const WallClockText& clock;
    const loop::Loop& loop;
    const shared::Quarantine& quarantine;
  };
  explicit Exchanges(const Surroundings& surroundings) : around_(surroundings) {}

  /// How large the body of a request on that route may be: the route's own limit, or that of all.
  [[nodiscard]] Bytes BodyLimit(const Match& match, const Routes& routes) const noexcept;
  /// Whether a handler would be called, which makes the body worth waiting for.
  [[nodiscard]] static bool WantsBody(const Match& match, const http::Request& request,
                                      const Routes& routes) noexcept;
  /// As WantsBody without a record, and counts the request where there may only be so many in a
  /// time, before its body has come: once, however often that is asked. False: it is answered
  /// without.
  [[nodiscard]] bool WantsBody(const RecordRef& of, const Match& match,
                               const http::Request& request, const Routes& routes) const noexcept;

  /// Has the request answered, perhaps later: by its route's handler, unless what it has done to
  /// other workers forbids that, or by this server for what no handler sees.
  void Answer(const RecordRef& of, const Match& match, const Routes& routes,
              answer::Exchange& exchange) const noexcept;
  /// Has the request answered that another one was redirected to: that one has been judged.
  void AnswerRedirected(const RecordRef& of, const Match& match, const Routes& routes,
                        answer::Exchange& exchange) const noexcept;

  /// Composes an answer that was put off and is there now.
  void Complete(const RecordRef& of, const Match& match, const Routes& routes,
                answer::Pending& pending, answer::Exchange& exchange) const noexcept;
  /// Answers with `status` what no handler is asked about (answer::AnswerStatus).
  void Refuse(const Match& match, const Routes& routes, int status,
              answer::Exchange& exchange) const noexcept;

  /// What is done while it lives is done for that exchange, which is at fault if it crashes.
  [[nodiscard]] ledger::HandlingMark Mark(const RecordRef& of, const Match& match) const noexcept;

  /// Counts an answer and tells the access log.
  void Note(const http::Request& request, int status, std::uint64_t content_length) const noexcept;
  /// Counts an answer that the log knows nothing of.
  void Count(int status) const noexcept;

  /// The time of this turn of the loop, as a Date field says it.
  [[nodiscard]] std::string_view date() const noexcept { return around_.clock.date(); }
  [[nodiscard]] WallTime now() const noexcept { return around_.clock.now(); }
  /// When this turn of the loop began: for time-outs.
  [[nodiscard]] TimePoint turn_begun() const noexcept { return around_.loop.now(); }

 private:
  void Decide(const RecordRef& of, const Match& match, const Routes& routes,
              answer::Exchange& exchange) const noexcept;
  void DecideAdmitted(const RecordRef& of, const Match& match, const Routes& routes,
                      const Admission& admission, answer::Exchange& exchange) const noexcept;
  static void Ask(const RecordRef& of, const BasicRule& basic, answer::Exchange& exchange) noexcept;
  void GoOn(const RecordRef& of, const Match& match, const Routes& routes,
            const Admission& admission, const PasswordWait& wait,
            answer::Exchange& exchange) const noexcept;
  [[nodiscard]] Admission::Attempt AttemptOf(const RecordRef& of) const noexcept;
  void DecideFreely(const RecordRef& of, const Match& match, const Routes& routes,
                    answer::Exchange& exchange) const noexcept;
  [[nodiscard]] static bool AnswerPreflight(const Routes& routes,
                                            answer::Exchange& exchange) noexcept;
  static void AddAnswerLines(answer::Exchange& exchange);
  /// Does to an answer that is decided what the operator wants done to it.
  void Filter(const Match& match, const Routes& routes, answer::Exchange& exchange) const noexcept;
  /// Filters what a handler has answered, which is at fault if reading its body crashes.
  void Filter(const RecordRef& of, const Match& match, const Routes& routes,
              answer::Exchange& exchange) const noexcept;
  void AnswerByHandler(const RecordRef& of, const Match& match, const Routes& routes,
                       answer::Exchange& exchange) const noexcept;
  [[nodiscard]] bool IsQuarantined(const RecordRef& of, const Match& match) const noexcept;

  Surroundings around_;
};

}  // namespace tined::exchange

// Answers the request at the front of a connection's input: parser, router, handler, and the answer
// committed to the record; or, of a stream, the message that has arrived. Knows nothing of sockets
// and timers. One a worker, its loop thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "config/model.hpp"
#include "http/parser.hpp"
#include "ledger/ledger.hpp"
#include "ledger/quarantine.hpp"
#include "loop/loop.hpp"
#include "worker/access_log.hpp"
#include "worker/conversation.hpp"
#include "worker/routes.hpp"
#include "worker/wall_clock.hpp"

namespace tined::worker {

class Exchange {
 public:
  struct Surroundings {
    const config::Config& config;
    ledger::Arena& arena;
    ledger::Scoreboard& board;
    AccessLog& access_log;
    const WallClockText& clock;
    const loop::Loop& loop;
    const ledger::Quarantine& quarantine;
  };
  explicit Exchange(const Surroundings& surroundings);

  enum class Outcome : std::uint8_t {
    answered,       ///< the answer is in the record's output, the request is done
    need_header,    ///< the request header has not arrived whole
    need_body,      ///< the same with its body; 100 Continue may be in the output
    handling,       ///< conversation.pending has the request until it is done
    out_of_memory,  ///< not even a refusal fits into the arena, or a stream's answer: the end
  };
  /// Answers one request, if it is there. Not while a file is in the output.
  Outcome Answer(Conversation& conversation, const Routes& routes) noexcept;

  /// Answers what has arrived so far with `status`, whatever it is; the connection then closes.
  Outcome Refuse(Conversation& conversation, int status) noexcept;

  /// Counts an answer that was given without being composed here.
  void NoteRefusal(int status) const noexcept { NoteAnswer(status); }

 private:
  struct Turn;
  enum class BodyOutcome : std::uint8_t { complete, need_more, malformed, too_large };

  [[nodiscard]] std::string_view Input(const ledger::Record& record) const noexcept;
  void SkipEmptyLines(Conversation& conversation) noexcept;
  [[nodiscard]] bool IsWorthParsing(Conversation& conversation) const noexcept;
  Outcome AnswerMessage(Conversation& conversation, const Routes& routes) noexcept;
  [[nodiscard]] bool ComposeMessage(Conversation& conversation, const Routes& routes,
                                    const stream::Message& message,
                                    stream::Reply& reply) const noexcept;
  void NoteFailure(const ledger::Record& record, int status) const noexcept;
  [[nodiscard]] bool CommitMessage(Conversation& conversation, const stream::Reply& reply,
                                   std::uint32_t output_size,
                                   std::uint32_t answered) const noexcept;
  Outcome AnswerDelayed(Conversation& conversation, const Routes& routes) noexcept;
  Outcome AnswerRouted(Turn& turn, const Routes& routes) noexcept;
  [[nodiscard]] Bytes BodyLimit(const Turn& turn, const Routes& routes) const noexcept;
  BodyOutcome ReadBody(Turn& turn, Bytes limit) const noexcept;
  BodyOutcome ReadChunks(Turn& turn, Bytes limit) const noexcept;
  [[nodiscard]] bool WantsBody(const Turn& turn, const Routes& routes) const noexcept;
  Outcome WaitForBody(Turn& turn) noexcept;
  Outcome Compose(Turn& turn, const Routes& routes) noexcept;
  static Conversation::Delayed& Delay(Turn& turn) noexcept;
  Outcome Wait(Turn& turn, const Routes& routes, answer::Exchange& exchange) noexcept;
  Outcome Redirect(Turn& turn, const Routes& routes, answer::Redirection wish) noexcept;
  void Decide(const Turn& turn, const Routes& routes, answer::Exchange& exchange) noexcept;
  void NoteAnswer(int status) const noexcept;
  [[nodiscard]] bool IsQuarantined(const Turn& turn) const noexcept;
  void AnswerByHandler(const Turn& turn, const Routes& routes, answer::Exchange& exchange) noexcept;
  [[nodiscard]] http1::Written Write(const Turn& turn, const Routes& routes, answer::Answer& answer,
                                     ledger::Composer& output) noexcept;
  void Finish(Turn& turn, int status, const http1::Written& written,
              std::uint32_t output_size) noexcept;
  Outcome Refuse(Turn& turn, int status) noexcept;

  Surroundings around_;
  http::RequestParser parser_;
};

}  // namespace tined::worker

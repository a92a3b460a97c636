#include "protocol/http2/committer.hpp"

#include <utility>

#include "protocol/http2/saved_session.hpp"

namespace tined::http2 {

bool Committer::Commit(Turn& turn, bool is_last) {
  Session& session = turn.session;
  ledger::Record& record = *turn.conversation.record;
  if (turn.output.has_failed()) return false;
  const std::uint32_t done = record.answered() + turn.consumed;
  if (is_last || !session.has_preface) {
    record.Commit(turn.output.size(), done, is_last);
    NoteDone(turn);
    return true;
  }
  saved_.clear();
  session.is_saved_whole = Save(session, ledger::kLargestState, saved_);
  ledger::Block block;
  if (!arena_.Copy(saved_, 0, block)) {
    session.has_failed = true;
    return false;
  }
  const ledger::StatePlace place{block.offset, static_cast<std::uint32_t>(saved_.size())};
  record.CommitMessage(turn.output.size(), done, false, &place);
  arena_.Free(turn.conversation.state);
  turn.conversation.state = block;
  NoteDone(turn);
  return true;
}

/// Not before: a connection that has answered, and has nothing to remember, speaks HTTP/1
/// (protocol/undecided.hpp).
void Committer::NoteDone(Turn& turn) noexcept {
  turn.conversation.record->requests += std::exchange(turn.answered, 0);
  turn.consumed = 0;
}

}  // namespace tined::http2

#include "supervisor/rescue/blame.hpp"

#include <signal.h>

#include <algorithm>

#include "base/snapshot.hpp"

namespace tined::supervisor {

namespace {

template <std::size_t size>
std::string TextOf(const std::array<char, size>& bytes) {
  return {bytes.begin(), std::find(bytes.begin(), bytes.end(), '\0')};
}

}  // namespace

LastWords LastWordsOf(const DyingWorker& worker, const Death& death) {
  const ledger::Scoreboard& board = worker.board();
  const Snapshot<ledger::CrashNote> note(board.crash);
  const std::size_t frames = std::min<std::size_t>(note->frame_count, note->frames.size());
  return {.death = death,
          .pid = worker.pid,
          .was_hung = worker.was_hung,
          .handling = board.handling,
          .at_work = board.at_work,
          .note_signal = note->signal,
          .note_code = note->code,
          .note_sender = note->sender,
          .note_thread = note->thread,
          .note_handling = note->handling,
          .note_address = note->address,
          .note_frames = {note->frames.begin(), note->frames.begin() + frames},
          .note_id = TextOf(note->id),
          .note_request = TextOf(note->request)};
}

Suspicion SuspicionOf(const LastWords& words) noexcept {
  if (words.was_hung) return Suspicion::fault;
  const bool is_noted =
      words.death.is_signal ? words.note_signal == words.death.number : words.note_signal < 0;
  if (!is_noted) {
    // SIGKILL leaves no note. Nor does what went too wrong for one to be written.
    const bool is_kill = words.death.is_signal && words.death.number == SIGKILL;
    return is_kill ? Suspicion::kill : Suspicion::fault;
  }
  if (words.death.is_signal && words.note_code <= 0 && words.note_sender != words.pid) {
    return Suspicion::kill;
  }
  // The loop thread is the process's first.
  return words.note_thread == words.pid ? Suspicion::fault : Suspicion::none;
}

ledger::Handling CulpritOf(const LastWords& words) noexcept {
  const ledger::Handling on_loop = ledger::Handling::Of(words.handling);
  if (words.was_hung) return on_loop;
  if (!words.death.is_signal) {
    // A handler that called exit. Without a note it made the system call itself: on the loop's
    // thread, then; workers themselves leave only when they hold no connection.
    return words.note_signal < 0 ? ledger::Handling::Of(words.note_handling) : on_loop;
  }
  if (words.note_signal != words.death.number) return {};
  // kill(2) and its kin have codes below 1; abort(3) is the process's own.
  const bool was_sent_from_outside = words.note_code <= 0 && words.note_sender != words.pid;
  return was_sent_from_outside ? ledger::Handling() : ledger::Handling::Of(words.note_handling);
}

}  // namespace tined::supervisor

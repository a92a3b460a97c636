#include "supervisor/post_mortem.hpp"

#include "base/log.hpp"
#include "supervisor/blame.hpp"
#include "supervisor/crash_report.hpp"
#include "supervisor/programs_of.hpp"
#include "supervisor/tracing.hpp"

namespace tined::supervisor {
namespace {

LastWords LastWordsOf(const Child& child, const Death& death) {
  const ledger::Scoreboard& board = child.board();
  return {.death = death,
          .pid = child.pid,
          .was_hung = child.is_hung,
          .handling = board.handling,
          .note_signal = board.crash.signal,
          .note_code = board.crash.code,
          .note_sender = board.crash.sender,
          .note_handling = board.crash.handling};
}

}  // namespace

bool PostMortem::Examine(const Child& child, bool with_rescue) {
  const ledger::Handling culprit = FindCulprit(child, tracing::UpcomingDeath(child.pid));
  if (child.board().programs.get() != 0) EndProgramsOf(child.pid);
  if (with_rescue) Carry(child, culprit);
  return culprit.record != 0;
}

bool PostMortem::ExamineRemains(const Child& child, const Death& death) {
  return FindCulprit(child, death).record != 0;
}

/// Tells of what it finds.
ledger::Handling PostMortem::FindCulprit(const Child& child, const Death& death) {
  const ledger::Handling culprit = CulpritOf(LastWordsOf(child, death));
  if (culprit.record != 0 || child.board().crash.signal != 0) LogCrash(child, death, culprit);
  if (culprit.record != 0) Convict(child, culprit);
  return culprit;
}

/// A request that has ended workers before is not run again for a while.
void PostMortem::Convict(const Child& child, ledger::Handling culprit) {
  const std::string request = RequestLineOf(child, culprit);
  if (request.empty()) return;
  const std::string_view listener = child.ledger->records()[culprit.record - 1].listener_name();
  const std::uint64_t hash = ledger::Quarantine::HashOf(listener, request);
  const TimePoint now = Clock::now();
  if (!crashes_.OnCrash(hash, now)) return;
  quarantine_.Put(hash, now + CrashHistory::kSentence);
  const auto sentence = std::chrono::duration_cast<std::chrono::seconds>(CrashHistory::kSentence);
  log::Warning("a request that ends workers is not run for a while",
               {{"listener", listener}, {"request", request}, {"for_s", sentence.count()}});
}

void PostMortem::Carry(const Child& child, ledger::Handling culprit) {
  const Rescue::Haul haul = rescue_.TakeAll(child, culprit.record);
  taken_ += haul.taken;
  lost_ += haul.lost;
  if (haul.taken + haul.lost == 0) return;
  log::Write(haul.lost == 0 ? log::Level::info : log::Level::error, "rescued connections",
             {{"worker", child.slot},
              {"gen", child.generation->number},
              {"pid", child.pid},
              {"taken", haul.taken},
              {"lost", haul.lost}});
}

}  // namespace tined::supervisor

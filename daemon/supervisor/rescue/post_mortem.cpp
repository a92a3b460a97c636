#include "supervisor/rescue/post_mortem.hpp"

#include <algorithm>
#include <exception>

#include "base/log.hpp"
#include "supervisor/rescue/blame.hpp"
#include "supervisor/rescue/crash_report.hpp"
#include "supervisor/rescue/programs_of.hpp"
#include "supervisor/rescue/tracing.hpp"

namespace tined::supervisor {

bool PostMortem::Examine(const DyingWorker& worker, bool with_rescue) {
  return Guard(worker, [&] {
    const Findings findings = Find(worker, tracing::UpcomingDeath(worker.pid));
    if (worker.board().programs.get() != 0) EndProgramsOf(worker.pid);
    if (with_rescue) Carry(worker, findings);
    return findings.culprit.record != 0;
  });
}

bool PostMortem::ExamineRemains(const DyingWorker& worker, const Death& death, bool is_loss) {
  // The worker's word, for want of a better one.
  const std::uint64_t lost = std::min<std::uint64_t>(worker.board().connections_open.get(),
                                                     worker.ledger.records().size());
  if (is_loss) Tell(worker, {.taken = 0, .lost = static_cast<std::uint32_t>(lost), .fault = {}});
  return Guard(worker, [&] { return Find(worker, death).culprit.record != 0; });
}

/// What is read of a dead worker may have been written by anybody: whatever that makes of
/// `inquire`, it costs the worker's connections, not the service.
bool PostMortem::Guard(const DyingWorker& worker, const std::function<bool()>& inquire) {
  try {
    return inquire();
  } catch (const std::exception& error) {
    log::Error("the post-mortem of a worker failed: its connections end with it",
               {{"worker", worker.slot},
                {"gen", worker.generation},
                {"pid", worker.pid},
                {"reason", error.what()}});
    return false;
  }
}

/// Tells of what it finds.
Findings PostMortem::Find(const DyingWorker& worker, const Death& death) {
  const LastWords words = LastWordsOf(worker, death);
  const ledger::Handling culprit = CulpritOf(words);
  const Accused accused = AccusedOf(worker, words, culprit);
  if (culprit.record != 0 || words.note_signal != 0) LogCrash(worker, words, culprit, accused);
  if (culprit.record != 0) Convict(accused, culprit.route);
  return {culprit, words.at_work, SuspicionOf(words)};
}

/// A request that has ended workers before is not run again for a while.
void PostMortem::Convict(const Accused& accused, std::uint32_t route) {
  if (accused.request.empty()) return;
  const std::uint64_t hash = quarantine_.HashOf(accused.listener, route, accused.request);
  const TimePoint now = Clock::now();
  if (!crashes_.OnCrash(hash, now)) return;
  quarantine_.Put(hash, now + CrashHistory::kSentence);
  const auto sentence = std::chrono::duration_cast<std::chrono::seconds>(CrashHistory::kSentence);
  log::Warning(
      "a request that ends workers is not run for a while",
      {{"listener", accused.listener}, {"request", accused.request}, {"for_s", sentence.count()}});
}

void PostMortem::Carry(const DyingWorker& worker, const Findings& findings) {
  Tell(worker, rescue_.TakeAll(worker, findings));
}

void PostMortem::Tell(const DyingWorker& worker, const Rescue::Haul& haul) {
  taken_ += haul.taken;
  lost_ += haul.lost;
  if (!haul.fault.empty()) {
    log::Error("connections of a worker could not all be carried on", {{"worker", worker.slot},
                                                                       {"gen", worker.generation},
                                                                       {"pid", worker.pid},
                                                                       {"reason", haul.fault}});
  }
  if (haul.taken + haul.lost == 0) return;
  log::Write(haul.lost == 0 ? log::Level::info : log::Level::error, "rescued connections",
             {{"worker", worker.slot},
              {"gen", worker.generation},
              {"pid", worker.pid},
              {"taken", haul.taken},
              {"lost", haul.lost}});
}

}  // namespace tined::supervisor

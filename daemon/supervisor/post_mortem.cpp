#include "supervisor/post_mortem.hpp"

#include <algorithm>
#include <exception>

#include "base/log.hpp"
#include "supervisor/blame.hpp"
#include "supervisor/crash_report.hpp"
#include "supervisor/programs_of.hpp"
#include "supervisor/tracing.hpp"

namespace tined::supervisor {

bool PostMortem::Examine(const Child& child, bool with_rescue) {
  return Guard(child, [&] {
    const Findings findings = Find(child, tracing::UpcomingDeath(child.pid));
    if (child.board().programs.get() != 0) EndProgramsOf(child.pid);
    if (with_rescue) Carry(child, findings);
    return findings.culprit.record != 0;
  });
}

bool PostMortem::ExamineRemains(const Child& child, const Death& death, bool is_loss) {
  // The worker's word, for want of a better one.
  const std::uint64_t lost =
      std::min<std::uint64_t>(child.board().connections_open.get(), child.ledger->records().size());
  if (is_loss) Tell(child, {.taken = 0, .lost = static_cast<std::uint32_t>(lost), .fault = {}});
  return Guard(child, [&] { return Find(child, death).culprit.record != 0; });
}

/// What is read of a dead worker may have been written by anybody: whatever that makes of
/// `inquire`, it costs the worker's connections, not the service.
bool PostMortem::Guard(const Child& child, const std::function<bool()>& inquire) {
  try {
    return inquire();
  } catch (const std::exception& error) {
    log::Error("the post-mortem of a worker failed: its connections end with it",
               {{"worker", child.slot},
                {"gen", child.generation->number},
                {"pid", child.pid},
                {"reason", error.what()}});
    return false;
  }
}

/// Tells of what it finds.
Findings PostMortem::Find(const Child& child, const Death& death) {
  const LastWords words = LastWordsOf(child, death);
  const ledger::Handling culprit = CulpritOf(words);
  const Accused accused = AccusedOf(child, words, culprit);
  if (culprit.record != 0 || words.note_signal != 0) LogCrash(child, words, culprit, accused);
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

void PostMortem::Carry(const Child& child, const Findings& findings) {
  Tell(child, rescue_.TakeAll(child, findings));
}

void PostMortem::Tell(const Child& child, const Rescue::Haul& haul) {
  taken_ += haul.taken;
  lost_ += haul.lost;
  if (!haul.fault.empty()) {
    log::Error("connections of a worker could not all be carried on",
               {{"worker", child.slot},
                {"gen", child.generation->number},
                {"pid", child.pid},
                {"reason", haul.fault}});
  }
  if (haul.taken + haul.lost == 0) return;
  log::Write(haul.lost == 0 ? log::Level::info : log::Level::error, "rescued connections",
             {{"worker", child.slot},
              {"gen", child.generation->number},
              {"pid", child.pid},
              {"taken", haul.taken},
              {"lost", haul.lost}});
}

}  // namespace tined::supervisor

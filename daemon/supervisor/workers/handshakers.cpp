#include "supervisor/workers/handshakers.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "channels/control_pair.hpp"
#include "children/kill.hpp"
#include "shared/key_ring.hpp"
#include "supervisor/workers/adoption.hpp"
#include "supervisor/workers/child_terms.hpp"
#include "supervisor/workers/handshaker_words.hpp"

namespace tined::supervisor {
namespace {

using channels::MessageKind;

/// A generation's share of the numbers that the restart policy knows slots by.
constexpr int kMostOfGeneration = 64;
/// What one that refuses may say.
constexpr std::size_t kMostRefusals = 256;

}  // namespace

Handshakers::Handshakers(loop::Loop& loop, children::Reaper& reaper, Run run,
                         std::function<int()> give, Events events)
    : loop_(loop),
      reaper_(reaper),
      run_(std::move(run)),
      give_(std::move(give)),
      events_(std::move(events)),
      policy_(config::Restart()) {}

void Handshakers::Start(const GenerationPointer& generation) {
  policy_.Change(generation->config->workers.restart);
  if (!look_.is_armed()) loop_.Arm(look_, Clock::now() + ChildTerms::kLook);
  if (Add(generation, 0) != nullptr) return;
  events_.on_failed(generation, FailureOf(fmt::format("generation {}: its handshaker could not be "
                                                      "forked",
                                                      generation->number)));
}

/// Null: the system has no room for it (logged).
Handshaker* Handshakers::Add(const GenerationPointer& generation, int number) {
  try {
    if (!tickets_) tickets_ = MakeSharedFile("tined-tickets", sizeof(shared::KeyRing));
    Handshaker& handshaker =
        *handshakers_.emplace_back(std::make_unique<Handshaker>(generation, number));
    if (Fork(handshaker, *generation)) return &handshaker;
    handshakers_.pop_back();
  } catch (const std::system_error& error) {
    log::Error("cannot start a handshaker", {{"gen", generation->number}, {"error", error.what()}});
  }
  return nullptr;
}

bool Handshakers::Fork(Handshaker& handshaker, const Generation& generation) {
  try {
    channels::ControlPair control = channels::MakeControlPair();
    const HandshakerProgram::Borrowed borrowed = {.number = handshaker.number,
                                                  .is_trial = IsTrial(handshaker),
                                                  .control = control.child.get(),
                                                  .give = give_(),
                                                  .board = handshaker.board->descriptor(),
                                                  .tickets = tickets_.get()};
    shared::HandshakerBoard& board = **handshaker.board;
    board.pending.Set(0);
    board.certificate_count.store(0);
    const pid_t pid = Check(::fork(), "fork");
    if (pid == 0) ::_exit(run_(generation, borrowed));
    handshaker.pid = pid;
    handshaker.started = Clock::now();
    handshaker.is_ready = false;
    handshaker.refusals.clear();
    board.heartbeat.store(BeatAt(handshaker.started));
    Connect(handshaker, std::move(control.supervisor));
    KillAfter(handshaker, ChildTerms::kStart, "handshaker did not get ready in time, killing it");
    log::Info("handshaker started", {{"gen", handshaker.generation_number}, {"pid", pid}});
    return true;
  } catch (const std::system_error& error) {
    log::Error("cannot start a handshaker",
               {{"gen", handshaker.generation_number}, {"error", error.what()}});
    return false;
  }
}

bool Handshakers::IsTrial(const Handshaker& handshaker) noexcept {
  return handshaker.number == 0 && !handshaker.has_served;
}

/// To a living process, whose end is told from now on.
void Handshakers::Connect(Handshaker& handshaker, Descriptor control) {
  reaper_.Register(
      handshaker.pid,
      {[this, &handshaker](const children::Death& death) { OnExit(handshaker, death); }, {}});
  handshaker.control.emplace();
  handshaker.control->Connect(std::move(control));
  const bool is_watched = handshaker.control->Watch(
      loop_, {[this, &handshaker](channels::Message& message) { OnMessage(handshaker, message); },
              [this](MessageKind kind) { return kind == MessageKind::give_to ? give_() : -1; }});
  if (!is_watched) {
    log::Warning("cannot watch a handshaker",
                 {{"pid", handshaker.pid}, {"error", ErrnoText(errno)}});
  }
}

void Handshakers::KillAfter(Handshaker& handshaker, Duration patience, const char* why) {
  handshaker.alarm.emplace([&handshaker, why] {
    log::Error(why, {{"gen", handshaker.generation_number}, {"pid", handshaker.pid}});
    children::Kill(handshaker.pid, SIGKILL);
  });
  loop_.Arm(*handshaker.alarm, Clock::now() + patience);
}

void Handshakers::OnMessage(Handshaker& handshaker, channels::Message& message) {
  if (handshaker.is_ready || handshaker.is_leaving) return;
  if (message.order.kind == MessageKind::copied) return OnCopy(handshaker, message);
  if (message.order.kind == MessageKind::refuses) return OnRefusal(handshaker, message);
  if (message.order.kind == MessageKind::ready) OnReady(handshaker);
}

/// From the generation's first one alone: no other decides what its siblings are given.
void Handshakers::OnCopy(const Handshaker& handshaker, channels::Message& message) {
  const GenerationPointer generation = handshaker.generation.lock();
  if (!IsTrial(handshaker) || generation == nullptr) return;
  generation->tls.Keep(message.order.count, std::move(message.descriptor));
}

void Handshakers::OnRefusal(Handshaker& handshaker, const channels::Message& message) {
  const GenerationPointer generation = handshaker.generation.lock();
  if (generation == nullptr || handshaker.refusals.size() == kMostRefusals) return;
  handshaker.refusals.push_back(RefusalIn(message, *generation->config));
}

void Handshakers::OnReady(Handshaker& handshaker) {
  handshaker.is_ready = true;
  loop::Loop::Disarm(*handshaker.alarm);
  log::Info("handshaker is ready",
            {{"gen", handshaker.generation_number}, {"pid", handshaker.pid}});
  if (handshaker.generation_number == current_) handshaker.control->Send({MessageKind::accept});
  const bool is_first = !std::exchange(handshaker.has_served, true);
  const GenerationPointer generation = handshaker.generation.lock();
  if (!is_first || handshaker.number != 0 || generation == nullptr) return;
  // What has no room now is left out: the first one serves.
  for (int number = 1; number < generation->HandshakerCount(); ++number) {
    if (Handshaker* const other = Add(generation, number)) other->has_served = true;
  }
  events_.on_ready(generation);
}

void Handshakers::Switch(const Generation& generation) {
  current_ = config::HasTls(*generation.config) ? generation.number : 0;
  for (const auto& handshaker : handshakers_) {
    if (handshaker->generation_number != generation.number) {
      Drain(*handshaker);
    } else if (handshaker->is_ready) {
      handshaker->control->Send({MessageKind::accept});
    }
  }
  // Those that waited to be forked again are not needed any more.
  std::erase_if(handshakers_, [](const auto& each) { return each->is_leaving && each->pid == 0; });
  const std::vector<ServedCertificate> certificates = Certificates();
  Tell(certificates);
  expiry_.Warn(certificates, Clock::now());
}

void Handshakers::Drain(Handshaker& handshaker) {
  if (std::exchange(handshaker.is_leaving, true)) return;
  if (handshaker.pid == 0) return loop::Loop::Disarm(*handshaker.alarm);
  handshaker.control->Send({MessageKind::drain});
  KillAfter(handshaker, handshaker.drain_time, "handshaker does not end, killing it");
}

void Handshakers::GiveUp(const Generation& generation) {
  for (const auto& handshaker : handshakers_) {
    if (handshaker->generation_number != generation.number) continue;
    handshaker->is_leaving = true;
    loop::Loop::Disarm(*handshaker->alarm);
    if (handshaker->pid != 0) children::Kill(handshaker->pid, SIGKILL);
  }
  std::erase_if(handshakers_, [](const auto& each) { return each->is_leaving && each->pid == 0; });
}

void Handshakers::SendChannel() {
  for (const auto& handshaker : handshakers_) {
    if (handshaker->pid != 0) handshaker->control->Send({MessageKind::give_to});
  }
}

void Handshakers::Stop() {
  is_stopping_ = true;
  current_ = 0;
  for (const auto& handshaker : handshakers_) Drain(*handshaker);
  std::erase_if(handshakers_, [](const auto& each) { return each->pid == 0; });
}

void Handshakers::OnExit(Handshaker& handshaker, const children::Death& death) {
  handshaker.control->End();
  loop::Loop::Disarm(*handshaker.alarm);
  const pid_t pid = std::exchange(handshaker.pid, 0);
  const GenerationPointer generation = handshaker.generation.lock();
  if (handshaker.is_leaving || is_stopping_ || generation == nullptr) {
    log::Info("handshaker has ended", {{"gen", handshaker.generation_number}, {"pid", pid}});
    Forget(handshaker);
    return events_.on_end();
  }
  const bool is_told_elsewhere = !handshaker.has_served && !handshaker.refusals.empty();
  if (!is_told_elsewhere) {
    log::Error("handshaker died",
               {{"gen", handshaker.generation_number}, {"pid", pid}, {"cause", death.Text()}});
    for (const config::Problem& each : handshaker.refusals) {
      log::Error("a handshaker cannot start", {{"reason", config::Format(each)}});
    }
  }
  OnDeath(handshaker, generation, death);
}

void Handshakers::OnDeath(Handshaker& handshaker, const GenerationPointer& generation,
                          const children::Death& death) {
  if (!handshaker.has_served) {
    StartFailure failure{std::exchange(handshaker.refusals, {}), /*is_configuration=*/true};
    if (failure.problems.empty()) {
      failure =
          FailureOf(fmt::format("generation {}: its handshaker ended before it was ready ({}); "
                                "its own lines in the log say why",
                                generation->number, death.Text()));
    }
    Forget(handshaker);
    return events_.on_failed(generation, failure);
  }
  ++past_.restarts;
  (*handshaker.board)->pending.Set(0);
  TryLater(handshaker, WaitAfterDeath(handshaker, handshaker.started, Clock::now()));
}

Duration Handshakers::WaitAfterDeath(const Handshaker& handshaker, TimePoint started,
                                     TimePoint now) {
  // Each of each generation keeps its own count.
  return policy_.OnDeath(handshaker.generation_number * kMostOfGeneration + handshaker.number,
                         started, now);
}

void Handshakers::TryLater(Handshaker& handshaker, Duration wait) {
  handshaker.alarm.emplace([this, &handshaker] { Again(handshaker); });
  loop_.Arm(*handshaker.alarm, Clock::now() + wait);
}

void Handshakers::Again(Handshaker& handshaker) {
  const GenerationPointer generation = handshaker.generation.lock();
  if (generation == nullptr) {
    Forget(handshaker);
    return events_.on_end();
  }
  if (Fork(handshaker, *generation)) return;
  const TimePoint now = Clock::now();
  TryLater(handshaker, std::max(WaitAfterDeath(handshaker, now, now), ChildTerms::kForkRetry));
}

/// Its counts stay.
void Handshakers::Forget(const Handshaker& handshaker) {
  if (handshaker.board) past_.Add(**handshaker.board);
  past_.pending = 0;
  const auto is_it = [&](const auto& other) { return other.get() == &handshaker; };
  handshakers_.erase(std::find_if(handshakers_.begin(), handshakers_.end(), is_it));
}

void Handshakers::EndAll(Duration patience) {
  Stop();
  if (!is_empty()) loop_.Arm(kill_, Clock::now() + patience);
}

void Handshakers::KillAll() {
  for (const auto& handshaker : handshakers_) {
    log::Warning("handshaker does not end, killing it",
                 {{"gen", handshaker->generation_number}, {"pid", handshaker->pid}});
    children::Kill(handshaker->pid, SIGKILL);
  }
}

void Handshakers::LookAtAll() {
  const TimePoint now = Clock::now();
  EndSilent(now);
  staples_.LookAt(handshakers_, current_, now);
  if (expiry_.IsDue(now)) expiry_.Warn(Certificates(), now);
  if (!handshakers_.empty()) loop_.Arm(look_, now + ChildTerms::kLook);
}

void Handshakers::EndSilent(TimePoint now) {
  for (const auto& handshaker : handshakers_) {
    const bool is_watched = handshaker->pid != 0 && handshaker->is_ready && handshaker->board;
    if (!is_watched) continue;
    const std::int64_t silence = BeatAt(now) - (*handshaker->board)->heartbeat.load();
    if (silence <= ChildTerms::kSilence.count()) continue;
    log::Error(
        "handshaker is silent for too long, killing it",
        {{"gen", handshaker->generation_number}, {"pid", handshaker->pid}, {"silent_ms", silence}});
    children::Kill(handshaker->pid, SIGKILL);
  }
}

void Handshakers::Counts::Add(const shared::HandshakerBoard& board) noexcept {
  pending += board.pending.get();
  established += board.established.get();
  resumed += board.resumed.get();
  failed += board.failed.get();
  timed_out += board.timed_out.get();
}

Handshakers::Counts Handshakers::AllCounts() const {
  Counts counts = past_;
  for (const auto& handshaker : handshakers_) {
    if (handshaker->board) counts.Add(**handshaker->board);
    const bool is_at_work = handshaker->pid != 0 && handshaker->is_ready && !handshaker->is_leaving;
    counts.count += is_at_work ? 1 : 0;
  }
  return counts;
}

std::vector<ServedCertificate> Handshakers::Certificates() const {
  for (const auto& handshaker : handshakers_) {
    const GenerationPointer generation = handshaker->generation.lock();
    const bool is_current = handshaker->generation_number == current_;
    if (generation == nullptr || !is_current || !handshaker->is_ready) continue;
    // All of them have the same.
    return CertificatesOn(**handshaker->board, *generation->config);
  }
  return {};
}

State::Handshakers Handshakers::Describe() const {
  const Counts counts = AllCounts();
  State::Handshakers state{.established = counts.established,
                           .resumed = counts.resumed,
                           .failed = counts.failed,
                           .timed_out = counts.timed_out,
                           .restarts = counts.restarts,
                           .program = -1,
                           .tickets = tickets_.get(),
                           .processes = {}};
  for (const auto& handshaker : handshakers_) {
    if (handshaker->pid == 0) continue;
    state.processes.push_back({.pid = handshaker->pid,
                               .generation = handshaker->generation_number,
                               .drain_time = handshaker->drain_time.count(),
                               .control = handshaker->control->descriptor()});
  }
  return state;
}

void Handshakers::Adopt(const State::Handshakers& before) {
  past_.established = before.established;
  past_.resumed = before.resumed;
  past_.failed = before.failed;
  past_.timed_out = before.timed_out;
  past_.restarts = before.restarts;
  if (before.tickets >= 0) tickets_ = Own(before.tickets);
  for (const State::Handshaker& each : before.processes) {
    Handshaker& handshaker =
        *handshakers_.emplace_back(std::make_unique<Handshaker>(each.generation));
    handshaker.pid = each.pid;
    handshaker.drain_time = Duration(each.drain_time);
    handshaker.is_ready = handshaker.has_served = true;
    handshaker.alarm.emplace([] {});
    Connect(handshaker, Own(each.control));
  }
}

}  // namespace tined::supervisor

#include "supervisor/workers/pool.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/snapshot.hpp"
#include "children/kill.hpp"
#include "supervisor/workers/adoption.hpp"

namespace tined::supervisor {
namespace {

channels::ListenerSet LivingListeners(const Child& child, const Generation& current) {
  channels::ListenerSet living = 0;
  const OpenSockets& own = child.generation->sockets;
  for (std::size_t i = 0; i < own.size(); ++i) {
    // Whatever it is called. What was asked in HTTP cannot be answered by a stream, nor the other
    // way round, and what was open in clear, or without a certificate, not where one is demanded by
    // now: those connections end where they are.
    const auto goes_on = [&](const OpenSocket& other) {
      return other.socket->id() == own[i].socket->id() &&
             other.listener->stream.has_value() == own[i].listener->stream.has_value() &&
             other.demands.AreMetBy(own[i].demands);
    };
    if (std::any_of(current.sockets.begin(), current.sockets.end(), goes_on)) {
      living |= channels::ListenerSet{1} << i;
    }
  }
  return living;
}

}  // namespace

Pool::Pool(loop::Loop& loop, children::Reaper& reaper, channels::WorkerFunction run_worker,
           Shared shared, Events events)
    : loop_(loop),
      reaper_(reaper),
      run_worker_(std::move(run_worker)),
      events_(std::move(events)),
      handoff_(loop, std::move(shared.handoff), [this] { OnChannel(); }),
      post_mortem_(loop, handoff_.ends(),
                   [this](const ledger::Facts& facts) { return IsServed(facts); }),
      rates_(shared.limits.rates),
      tally_(shared::Tally::kFewThings, shared.limits.in_flight),
      clients_(shared::Tally::kManyThings, shared.limits.clients),
      commons_{handoff_.take(), handoff_.give(), shared.successor, &post_mortem_.quarantine(),
               &crowd_,         &rates_,         &tally_,          &clients_},
      slots_(loop, [this](int slot) { return Fork(slot, generation_); }),
      deadlines_(loop) {
  loop_.OnTurnEnd([this] { dead_.clear(); });
}

Child* Pool::Fork(int slot, const GenerationPointer& generation) {
  try {
    Child& forked = *children_.emplace_back(ForkWorker(slot, generation, run_worker_, commons_));
    if (!IsShownLater(*generation)) tracer_.Trace(forked);
    TellNumber();
    deadlines_.BeginStart(forked);
    Watch(forked);
    log::Info("worker started",
              {{"worker", slot}, {"gen", generation->number}, {"pid", forked.pid}});
    return &forked;
  } catch (const std::system_error& error) {
    log::Error("cannot start a worker",
               {{"worker", slot}, {"gen", generation->number}, {"error", error.what()}});
    return nullptr;
  }
}

void Pool::Watch(Child& child) {
  reaper_.Register(
      child.pid, {[this, &child](const Death& death) { OnExit(child, death); },
                  [this, &child](const siginfo_t& info) { OnStop(child, tracing::StopOf(info)); }});
  const bool is_watched = child.control.Watch(
      loop_, {[this, &child](const channels::Message& message) { OnMessage(child, message); },
              [this, &child](channels::MessageKind kind) { return DescriptorFor(child, kind); }});
  if (is_watched) return;
  const int error = errno;
  children::Kill(child.pid, SIGKILL);
  errno = error;
  ThrowErrno("watch a worker");
}

int Pool::DescriptorFor(const Child& child, channels::MessageKind kind) const noexcept {
  switch (kind) {
    case channels::MessageKind::reopen_log:
      return child.generation->access_log.get();
    case channels::MessageKind::take_from:
      return handoff_.take();
    case channels::MessageKind::give_to:
      return handoff_.give();
    default:
      return -1;
  }
}

void Pool::OnChannel() {
  log::Error("a process has closed the handoff channel that workers share: it is replaced",
             {{"workers", children_.size()}});
  commons_.take_channel = handoff_.take();
  commons_.give_channel = handoff_.give();
  for (const std::unique_ptr<Child>& child : children_) {
    child->control.Send({channels::MessageKind::take_from});
    child->control.Send({channels::MessageKind::give_to});
  }
  post_mortem_.ChangeChannel(handoff_.ends());
  events_.on_channel();
}

int Pool::SetTraced(int slot, bool is_traced) {
  Child* const child = ChildOf(slot);
  return child == nullptr ? ESRCH : Tracer::Set(*child, is_traced);
}

void Pool::Switch(const GenerationPointer& generation, Child& canary) {
  generation_ = generation;
  slots_.Begin(generation->WorkerCount(), generation->config->workers.restart, canary);
}

void Pool::RetireOthers() {
  for (const std::unique_ptr<Child>& child : children_) {
    if (!slots_.Has(*child)) Drain(*child);
  }
  // What no living generation shares closes here, and in the workers when they have drained.
  for (const std::unique_ptr<Child>& child : children_) {
    if (child->generation != generation_) child->generation->sockets.clear();
  }
}

void Pool::Resize(int slots) {
  slots_.Resize(slots);
  RetireOthers();
}

bool Pool::Replace(int slot) { return !is_stopping_ && slots_.Replace(slot); }

void Pool::Relieve(const Child& child, std::uint32_t connections) {
  child.control.Hint({channels::MessageKind::relieve, connections});
}

void Pool::Drain(Child& child) {
  if (child.state == ChildState::draining) return;
  child.state = ChildState::draining;
  log::Info("worker drains", {{"worker", child.slot},
                              {"gen", child.generation->number},
                              {"pid", child.pid},
                              {"connections", child.board().connections_open.get()}});
  const bool everything_ends = is_stopping_ || generation_ == nullptr;
  const channels::Order order =
      everything_ends
          ? channels::Order{channels::MessageKind::stop}
          : channels::Order{channels::MessageKind::drain, 0, LivingListeners(child, *generation_)};
  child.control.Send(order);
  deadlines_.BeginDrain(child);
}

void Pool::Stop() {
  is_stopping_ = true;
  deadlines_.ExtendNoMore();
  slots_.EmptyAll();
  for (const std::unique_ptr<Child>& child : children_) {
    // One that drains for a reload may wait for clients that nobody takes over any more.
    if (child->state == ChildState::draining) child->control.Send({channels::MessageKind::stop});
    Drain(*child);
  }
  generation_.reset();
}

void Pool::KillAll() {
  for (const std::unique_ptr<Child>& child : children_) children::Kill(child->pid, SIGKILL);
}

void Pool::OnMessage(Child& child, const channels::Message& message) {
  if (message.order.kind == channels::MessageKind::ready) return OnReady(child);
  if (message.order.kind == channels::MessageKind::shown) {
    tracer_.Trace(child);
    return child.control.Hint({channels::MessageKind::traced});
  }
  if (message.order.kind == channels::MessageKind::left) return TellToLook();
  if (child.state != ChildState::starting || !child.trial.Note(message)) return;
  deadlines_.OnTrial(child);
}

void Pool::OnReady(Child& child) {
  if (child.state != ChildState::starting) return;
  child.state = ChildState::serving;
  Deadlines::Meet(child);
  const auto took = std::chrono::duration_cast<Duration>(Clock::now() - child.started);
  log::Info("worker is ready", {{"worker", child.slot},
                                {"gen", child.generation->number},
                                {"pid", child.pid},
                                {"after_ms", took.count()}});
  // The one before it hands over and goes.
  if (Child* const old = slots_.OnReady(child)) Drain(*old);
  events_.on_ready(child);
}

void Pool::OnStop(Child& child, const tracing::Stop& stop) {
  if (stop.reason == tracing::Reason::exiting) {
    child.is_examined = true;
    child.is_victim = post_mortem_.Examine(child.AsDying(), !is_stopping_);
  }
  Tracer::Resume(child, stop);
}

bool Pool::IsBurying() const noexcept {
  return std::any_of(children_.begin(), children_.end(),
                     [](const std::unique_ptr<Child>& child) { return child->is_examined; });
}

/// Whether a living worker has a record of that client's connection.
bool Pool::IsServed(const ledger::Facts& facts) const noexcept {
  const auto is_it = [&](const ledger::Record& shared) {
    if (shared.phase == ledger::Phase::free) return false;
    const Snapshot<ledger::Record> record(shared);
    return record->phase != ledger::Phase::free && record->peer == facts.peer &&
           record->socket_id == facts.socket_id;
  };
  return std::any_of(children_.begin(), children_.end(), [&](const auto& child) {
    const auto records = child->ledger->records();
    const auto used = std::min<std::size_t>(child->board().records_used.get(), records.size());
    return std::any_of(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(used), is_it);
  });
}

void Pool::OnExit(Child& child, const Death& death) {
  const auto found = std::find_if(children_.begin(), children_.end(),
                                  [&](const auto& each) { return each.get() == &child; });
  dead_.push_back(std::move(*found));
  children_.erase(found);
  TellNumber();
  TellToLook();
  child.control.End();
  Deadlines::Meet(child);
  slots_.Remember(child);
  if (!child.is_examined) {
    const bool is_loss = child.generation->config->rescue && !is_stopping_;
    child.is_victim = post_mortem_.ExamineRemains(child.AsDying(), death, is_loss);
  }
  Bury(child, death);
  events_.on_death(child, death);
}

void Pool::TellNumber() const noexcept {
  for (const std::unique_ptr<Child>& child : children_)
    child->board().workers.Set(children_.size());
}

/// The kernel wakes one worker for a client that connects: the one that is gone may have been it.
void Pool::TellToLook() const noexcept {
  for (const std::unique_ptr<Child>& child : children_) {
    if (child->state == ChildState::serving) child->control.Hint({channels::MessageKind::look});
  }
}

/// Says how the child ended, and fills its slot again.
void Pool::Bury(const Child& child, const Death& death) {
  if (slots_.IsFilledBy(child)) return RefillAfter(child, death);
  slots_.Forget(child);
  const bool is_expected = child.state == ChildState::draining && death.is_clean();
  log::Write(is_expected ? log::Level::info : log::Level::error,
             is_expected ? "worker has drained" : "worker died",
             {{"worker", child.slot},
              {"gen", child.generation->number},
              {"pid", child.pid},
              {"cause", death.Text()}});
}

void Pool::RefillAfter(const Child& child, const Death& death) {
  const TimePoint now = Clock::now();
  // A request that ends workers is answered, and kept from being run again: the next one has no
  // reason to die. Waiting would only punish the others.
  const Duration wait = child.is_victim ? Duration(0) : slots_.WaitAfter(child, now);
  log::Error("worker died", {{"worker", child.slot},
                             {"gen", child.generation->number},
                             {"pid", child.pid},
                             {"cause", death.Text()},
                             {"connections", child.board().connections_open.get()},
                             {"restart_in_ms", wait.count()}});
  slots_.Refill(child, now, wait);
}

void Pool::SendAccessLogs() {
  for (const std::unique_ptr<Child>& child : children_) {
    if (child->generation->access_log) child->control.Send({channels::MessageKind::reopen_log});
  }
}

void Pool::SendJobs(const GenerationPointer& generation, std::size_t pool) {
  for (const std::unique_ptr<Child>& child : children_) {
    if (child->generation != generation) continue;
    child->control.Hint({channels::MessageKind::jobs, static_cast<std::uint32_t>(pool)},
                        generation->executors.at(pool)->give.get());
  }
}

bool Pool::IsAlive(Duration patience) const noexcept {
  const TimePoint now = Clock::now();
  return std::any_of(children_.begin(), children_.end(), [&](const auto& child) {
    return child->state == ChildState::serving && child->Silence(now) < patience;
  });
}

int Pool::DrainingGenerations() const {
  std::set<int> generations;
  for (const std::unique_ptr<Child>& child : children_) {
    if (child->generation != generation_) generations.insert(child->generation->number);
  }
  return static_cast<int>(generations.size());
}

Counts Pool::AllCounts() const {
  Counts counts = slots_.Past();
  for (const std::unique_ptr<Child>& child : children_) counts.Add(child->board());
  return counts;
}

State::Pool Pool::Describe() const {
  State::Pool state{.size = size(),
                    .take_channel = handoff_.take(),
                    .give_channel = handoff_.give(),
                    .rescued = rescue_counts().taken,
                    .lost = rescue_counts().lost,
                    .slots = slots_.Describe(),
                    .children = {},
                    .limits = {rates_.Keep(), tally_.Keep(), clients_.Keep()}};
  for (const std::unique_ptr<Child>& child : children_) {
    state.children.push_back(supervisor::Describe(*child));
  }
  return state;
}

void Pool::Adopt(const State::Pool& state, const std::map<int, GenerationPointer>& generations) {
  post_mortem_.CountFrom(state.rescued, state.lost);
  slots_.Adopt(state.size, state.slots);
  for (const State::Child& each : state.children) {
    Child& child =
        *children_.emplace_back(supervisor::Adopt(each, generations.at(each.generation)));
    child.tally.emplace(tally_, each.in_flight_part);
    child.clients.emplace(clients_, each.clients_part);
    deadlines_.GoOn(child);
    Watch(child);
  }
  TellNumber();
  // What has ended since the image before looked last: its signal may have been read already.
  reaper_.Reap();
}

}  // namespace tined::supervisor

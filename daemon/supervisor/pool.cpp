#include "supervisor/pool.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>

#include "base/error.hpp"
#include "base/log.hpp"
#include "supervisor/after_fork.hpp"

namespace tined::supervisor {
namespace {

/// From fork to ready.
constexpr Duration kStartTimeout = std::chrono::seconds(30);
/// After the system had no room for another process.
constexpr Duration kForkRetry = std::chrono::milliseconds(100);
constexpr Duration kLongestWatchInterval = std::chrono::seconds(1);

ledger::ListenerSet LivingListeners(const Child& child, const Generation& current) {
  ledger::ListenerSet living = 0;
  const OpenSockets& own = child.generation->sockets;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const auto is_same = [&](const OpenSocket& other) { return other.socket == own[i].socket; };
    if (std::any_of(current.sockets.begin(), current.sockets.end(), is_same)) {
      living |= ledger::ListenerSet{1} << i;
    }
  }
  return living;
}

}  // namespace

Pool::Pool(loop::Loop& loop, ledger::WorkerFunction run_worker, Events events)
    : loop_(loop),
      run_worker_(std::move(run_worker)),
      events_(std::move(events)),
      handoff_(ledger::MakeLine()),
      policy_(config::Restart()) {
  loop_.OnTurnEnd([this] { dead_.clear(); });
}

Child* Pool::Fork(int slot, const GenerationPointer& generation) {
  try {
    auto child = std::make_unique<Child>(slot, generation);
    child->ledger = std::make_unique<ledger::Ledger>(generation->config->workers.max_connections,
                                                     ledger::Ledger::kArenaSize);
    child->board().heartbeat.store(child->started.time_since_epoch().count());
    ledger::Line line = ledger::MakeLine();
    child->pid = Check(::fork(), "fork");
    if (child->pid == 0) RunChild(*child, std::move(line.child));
    child->ledger->HideFromLaterForks();
    child->line = std::move(line.supervisor);
    Child& forked = *children_.emplace_back(std::move(child));
    forked.on_line.emplace([this, &forked](std::uint32_t) { OnLine(forked); });
    forked.deadline.emplace([this, &forked] { OnStartTimeout(forked); });
    loop_.Arm(*forked.deadline, Clock::now() + kStartTimeout);
    if (!loop_.Add(forked.line.get(), EPOLLIN, *forked.on_line, forked.line_watch)) {
      ThrowErrno("watch a worker");
    }
    log::Info("worker started",
              {{"worker", slot}, {"gen", generation->number}, {"pid", forked.pid}});
    return &forked;
  } catch (const std::system_error& error) {
    log::Error("cannot start a worker",
               {{"worker", slot}, {"gen", generation->number}, {"error", error.what()}});
    return nullptr;
  }
}

void Pool::RunChild(const Child& child, Descriptor line) {
  const Generation& generation = *child.generation;
  ledger::WorkerStart start{.config = generation.config.get(),
                            .listeners = {},
                            .ledger = child.ledger.get(),
                            .line = line.Release(),
                            .take_channel = handoff_.supervisor.get(),
                            .give_channel = handoff_.child.get(),
                            .access_log = generation.access_log.get(),
                            .slot = child.slot,
                            .generation = generation.number};
  Belongings belongings{{start.line, start.take_channel, start.give_channel, start.access_log},
                        fmt::format("tined worker {}", child.slot)};
  for (const OpenSocket& open : generation.sockets) {
    start.listeners.push_back({open.listener, open.socket->descriptor()});
    belongings.descriptors.push_back(open.socket->descriptor());
  }
  try {
    AfterFork(std::move(belongings), generation.identity);
  } catch (const std::system_error& error) {
    log::Error("the worker cannot start", {{"worker", child.slot}, {"error", error.what()}});
    ::_exit(1);
  }
  ::_exit(run_worker_(start));
}

void Pool::Switch(const GenerationPointer& generation, Child& canary) {
  generation_ = generation;
  policy_.Change(generation->config->workers.restart);
  for (const std::unique_ptr<Slot>& slot : slots_) slot->Empty();
  size_ = std::min(generation->WorkerCount(), kMostSlots);
  while (slots_.size() < static_cast<std::size_t>(size_))
    slots_.push_back(std::make_unique<Slot>());
  slots_.front()->child = &canary;
  FillAll();
  WatchAgain();
}

void Pool::FillAll() {
  for (int slot = 0; slot < size_; ++slot) {
    const Slot& filled = *slots_[static_cast<std::size_t>(slot)];
    if (filled.child == nullptr && !filled.restart) Fill(slot);
  }
}

void Pool::Fill(int slot) {
  Slot& filled = *slots_[static_cast<std::size_t>(slot)];
  filled.restart.reset();
  filled.child = Fork(slot, generation_);
  if (filled.child != nullptr) return;
  const TimePoint now = Clock::now();
  FillLater(slot, now + std::max(policy_.OnDeath(slot, now, now), kForkRetry));
}

void Pool::RetireOthers() {
  for (const std::unique_ptr<Child>& child : children_) {
    if (!HasSlot(*child)) Drain(*child);
  }
  // What no living generation shares closes here, and in the workers when they have drained.
  for (const std::unique_ptr<Child>& child : children_) {
    if (child->generation != generation_) child->generation->sockets.clear();
  }
}

void Pool::Resize(int slots) {
  size_ = std::clamp(slots, 1, kMostSlots);
  while (slots_.size() < static_cast<std::size_t>(size_))
    slots_.push_back(std::make_unique<Slot>());
  for (std::size_t i = static_cast<std::size_t>(size_); i < slots_.size(); ++i) {
    slots_[i]->Empty();
  }
  FillAll();
  RetireOthers();
}

void Pool::Drain(Child& child) {
  if (child.state == ChildState::draining) return;
  child.state = ChildState::draining;
  const bool everything_ends = is_stopping_ || generation_ == nullptr;
  const ledger::SendResult result =
      everything_ends ? ledger::SendMessage(child.line.get(), ledger::MessageKind::stop)
                      : ledger::SendMessage(child.line.get(), ledger::MessageKind::drain, -1,
                                            LivingListeners(child, *generation_));
  if (result == ledger::SendResult::full) return Kill(child);
  child.deadline.emplace([&child] {
    log::Warning("worker did not drain in time, killing it",
                 {{"worker", child.slot},
                  {"gen", child.generation->number},
                  {"pid", child.pid},
                  {"connections", child.board().connections_open.get()}});
    Kill(child);
  });
  loop_.Arm(*child.deadline, Clock::now() + child.generation->config->drain_timeout);
}

void Pool::Stop() {
  is_stopping_ = true;
  for (const std::unique_ptr<Slot>& slot : slots_) slot->Empty();
  for (const std::unique_ptr<Child>& child : children_) {
    // One that drains for a reload may wait for clients that nobody takes over any more.
    if (child->state == ChildState::draining) {
      (void)ledger::SendMessage(child->line.get(), ledger::MessageKind::stop);
    }
    Drain(*child);
  }
  generation_.reset();
}

void Pool::KillAll() {
  for (const std::unique_ptr<Child>& child : children_) Kill(*child);
}

void Pool::Kill(const Child& child) { ::kill(child.pid, SIGKILL); }

void Pool::OnLine(Child& child) {
  ledger::Message message;
  switch (ledger::ReceiveMessage(child.line.get(), message)) {
    case ledger::ReceiveResult::empty:
      return;
    case ledger::ReceiveResult::closed:
      // It is about to exit; SIGCHLD tells how.
      return loop_.Remove(child.line.get(), child.line_watch);
    case ledger::ReceiveResult::received:
      if (message.kind == ledger::MessageKind::ready) OnReady(child);
  }
}

void Pool::OnReady(Child& child) {
  if (child.state != ChildState::starting) return;
  child.state = ChildState::serving;
  loop::Loop::Disarm(*child.deadline);
  const auto took = std::chrono::duration_cast<Duration>(Clock::now() - child.started);
  log::Info("worker is ready", {{"worker", child.slot},
                                {"gen", child.generation->number},
                                {"pid", child.pid},
                                {"after_ms", took.count()}});
  events_.on_ready(child);
}

void Pool::OnStartTimeout(const Child& child) {
  log::Error(
      "worker did not get ready in time, killing it",
      {{"worker", child.slot},
       {"gen", child.generation->number},
       {"pid", child.pid},
       {"timeout_s", std::chrono::duration_cast<std::chrono::seconds>(kStartTimeout).count()}});
  Kill(child);
}

void Pool::Reap() {
  for (;;) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) return;
    // Others than ours are orphans that we inherited as a container's first process.
    OnExit(info.si_pid, DeathOf(info));
  }
}

void Pool::OnExit(pid_t pid, const Death& death) {
  const auto found = std::find_if(children_.begin(), children_.end(),
                                  [&](const auto& child) { return child->pid == pid; });
  if (found == children_.end()) return;
  dead_.push_back(std::move(*found));
  children_.erase(found);
  Child& child = *dead_.back();
  if (child.line_watch.generation != 0) OnLine(child);  // What it said last.
  loop_.Remove(child.line.get(), child.line_watch);
  loop::Loop::Disarm(*child.deadline);
  Remember(child);
  Bury(child, death);
  events_.on_death(child, death);
}

/// Says how the child ended, and fills its slot again.
void Pool::Bury(const Child& child, const Death& death) {
  const int slot = child.slot;
  if (!HasSlot(child)) {
    const bool is_expected = child.state == ChildState::draining && death.is_clean();
    log::Write(is_expected ? log::Level::info : log::Level::error,
               is_expected ? "worker has drained" : "worker died",
               {{"worker", slot},
                {"gen", child.generation->number},
                {"pid", child.pid},
                {"cause", death.Text()}});
    return;
  }
  const TimePoint now = Clock::now();
  const Duration wait = policy_.OnDeath(slot, child.started, now);
  log::Error("worker died", {{"worker", slot},
                             {"gen", child.generation->number},
                             {"pid", child.pid},
                             {"cause", death.Text()},
                             {"connections", child.board().connections_open.get()},
                             {"restart_in_ms", wait.count()}});
  Slot& filled = *slots_[static_cast<std::size_t>(slot)];
  filled.child = nullptr;
  ++filled.restarts;
  if (wait == Duration(0)) return Fill(slot);
  FillLater(slot, now + wait);
}

void Pool::FillLater(int slot, TimePoint when) {
  std::unique_ptr<loop::Alarm>& restart = slots_[static_cast<std::size_t>(slot)]->restart;
  restart = std::make_unique<loop::Alarm>([this, slot] { Fill(slot); });
  loop_.Arm(*restart, when);
}

void Pool::SendAccessLogs() {
  for (const std::unique_ptr<Child>& child : children_) {
    const int descriptor = child->generation->access_log.get();
    if (descriptor < 0) continue;
    // A line that is full has a worker at its end that reads nothing: the watchdog's matter.
    (void)ledger::SendMessage(child->line.get(), ledger::MessageKind::reopen_log, descriptor);
  }
}

void Pool::WatchAgain() {
  const Duration patience = generation_->config->workers.watchdog;
  if (patience == Duration(0)) return loop::Loop::Disarm(watchdog_);
  watched_ = Clock::now();
  loop_.Arm(watchdog_, watched_ + std::min(patience / 4, kLongestWatchInterval));
}

void Pool::Watch() {
  if (generation_ == nullptr) return;
  const Duration patience = generation_->config->workers.watchdog;
  const TimePoint now = Clock::now();
  // Whoever stopped this process may have stopped the workers as well: let them beat first.
  const bool was_punctual = now - watched_ < patience;
  for (const std::unique_ptr<Child>& child : children_) {
    const Duration silence = child->Silence(now);
    if (!was_punctual || child->state == ChildState::starting || silence < patience) continue;
    log::Error("worker is silent, killing it", {{"worker", child->slot},
                                                {"gen", child->generation->number},
                                                {"pid", child->pid},
                                                {"silent_ms", silence.count()}});
    Kill(*child);
  }
  WatchAgain();
}

bool Pool::IsComplete() const noexcept {
  const auto serves = [](const auto& slot) {
    return slot->child != nullptr && slot->child->state == ChildState::serving;
  };
  return std::all_of(slots_.begin(), slots_.begin() + size_, serves);
}

bool Pool::IsAlive(Duration patience) const noexcept {
  const TimePoint now = Clock::now();
  return std::any_of(children_.begin(), children_.end(), [&](const auto& child) {
    return child->state == ChildState::serving && child->Silence(now) < patience;
  });
}

bool Pool::HasSlot(const Child& child) const noexcept {
  const auto slot = static_cast<std::size_t>(child.slot);
  return slot < slots_.size() && slots_[slot]->child == &child;
}

int Pool::Restarts(int slot) const noexcept {
  return slots_[static_cast<std::size_t>(slot)]->restarts;
}

int Pool::Restarts() const noexcept {
  int sum = 0;
  for (const std::unique_ptr<Slot>& slot : slots_) sum += slot->restarts;
  return sum;
}

int Pool::DrainingGenerations() const {
  std::set<int> generations;
  for (const std::unique_ptr<Child>& child : children_) {
    if (child->generation != generation_) generations.insert(child->generation->number);
  }
  return static_cast<int>(generations.size());
}

/// The counts of a child that is gone stay with its slot; open connections are gone with it.
void Pool::Remember(const Child& child) {
  const auto slot = static_cast<std::size_t>(child.slot);
  if (slot >= slots_.size()) return;
  slots_[slot]->past.Add(child.board());
  slots_[slot]->past.connections_open = 0;
}

Counts Pool::CountsOf(int slot) const { return slots_[static_cast<std::size_t>(slot)]->past; }

Counts Pool::AllCounts() const {
  Counts counts;
  for (const std::unique_ptr<Slot>& slot : slots_) counts.Add(slot->past);
  for (const std::unique_ptr<Child>& child : children_) counts.Add(child->board());
  return counts;
}

}  // namespace tined::supervisor

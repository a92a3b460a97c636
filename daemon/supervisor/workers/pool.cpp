#include "supervisor/workers/pool.hpp"

#include <fmt/format.h>
#include <linux/capability.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/snapshot.hpp"
#include "children/capability.hpp"
#include "children/kill.hpp"

namespace tined::supervisor {
namespace {

/// From fork to ready.
constexpr Duration kStartTimeout = std::chrono::seconds(30);
/// After the system had no room for another process.
constexpr Duration kForkRetry = std::chrono::milliseconds(100);
/// Between handoff channels: a worker that breaks each of them must not keep everybody busy.
constexpr Duration kChannelPause = std::chrono::seconds(1);
/// How often drain_timeout begins again for a worker whose connections nobody has room for.
constexpr int kMostExtensions = 10;
/// Between attempts to end a worker that does not die.
constexpr Duration kLongestEndWait = std::chrono::seconds(60);
/// Of one child in one turn: the others are not to wait for one that never stops talking.
constexpr int kMostMessages = 64;

ledger::ListenerSet LivingListeners(const Child& child, const Generation& current) {
  ledger::ListenerSet living = 0;
  const OpenSockets& own = child.generation->sockets;
  for (std::size_t i = 0; i < own.size(); ++i) {
    // Whatever it is called. What was asked in HTTP cannot be answered by a stream, nor the other
    // way round: those connections end where they are.
    const auto goes_on = [&](const OpenSocket& other) {
      return other.socket->id() == own[i].socket->id() &&
             other.listener->stream.has_value() == own[i].listener->stream.has_value();
    };
    if (std::any_of(current.sockets.begin(), current.sockets.end(), goes_on)) {
      living |= ledger::ListenerSet{1} << i;
    }
  }
  return living;
}

}  // namespace

Pool::Pool(loop::Loop& loop, children::Reaper& reaper, ledger::WorkerFunction run_worker,
           Shared shared, Events events)
    : loop_(loop),
      reaper_(reaper),
      run_worker_(std::move(run_worker)),
      events_(std::move(events)),
      handoff_(std::move(shared.handoff)),
      post_mortem_(loop, handoff_, [this](const ledger::Facts& facts) { return IsServed(facts); }),
      commons_{handoff_.supervisor.get(), handoff_.child.get(), shared.successor,
               &post_mortem_.quarantine(), &crowd_},
      policy_(config::Restart()) {
  loop_.OnTurnEnd([this] { dead_.clear(); });
  WatchChannel();
}

Child* Pool::Fork(int slot, const GenerationPointer& generation) {
  try {
    Child& forked = *children_.emplace_back(ForkWorker(slot, generation, run_worker_, commons_));
    if (!IsShownLater(*generation)) Trace(forked);
    TellNumber();
    forked.until = forked.started + kStartTimeout;
    GiveTime(forked);
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

/// What a worker does to the channel (shutdown(2)) it does to all: it has to be noticed.
void Pool::WatchChannel() {
  if (!loop_.Add(handoff_.supervisor.get(), EPOLLRDHUP, on_channel_, channel_watch_)) {
    log::Warning("cannot watch the handoff channel", {{"error", ErrnoText(errno)}});
  }
}

/// Nothing is lost with the old one: workers take what is in it before they turn to the next, and
/// what could not be sent waits where it was.
void Pool::ReplaceChannel() {
  loop_.Remove(handoff_.supervisor.get(), channel_watch_);
  const TimePoint now = Clock::now();
  if (now - channel_made_ < kChannelPause) return loop_.Arm(channel_pause_, now + kChannelPause);
  channel_made_ = now;
  try {
    handoff_ = ledger::MakeLine();
  } catch (const std::system_error& error) {
    log::Error("cannot make another handoff channel", {{"error", error.what()}});
    return loop_.Arm(channel_pause_, now + kChannelPause);
  }
  log::Error("a process has closed the handoff channel that workers share: it is replaced",
             {{"workers", children_.size()}});
  commons_.take_channel = handoff_.supervisor.get();
  commons_.give_channel = handoff_.child.get();
  WatchChannel();
  for (const std::unique_ptr<Child>& child : children_) {
    Tell(*child, {ledger::MessageKind::take_from});
    Tell(*child, {ledger::MessageKind::give_to});
  }
  post_mortem_.ChangeChannel(handoff_);
  events_.on_channel();
}

/// Sends an order, in order, as soon as the line has room. One that never has is of a worker that
/// hangs: the watchdog's and drain_timeout's matter.
void Pool::Tell(Child& child, const ledger::Order& order) {
  constexpr std::size_t kMostOrders = 64;
  if (child.orders.size() == kMostOrders) return;
  child.orders.push_back(order);
  if (!child.line_room) {
    child.line_room.emplace(loop_, child.line.get(), [this, &child] { return SendOrders(child); });
  }
  child.line_room->Send();
}

ledger::RoomWaiter::Progress Pool::SendOrders(Child& child) const noexcept {
  const std::size_t before = child.orders.size();
  while (!child.orders.empty()) {
    const ledger::Order& order = child.orders.front();
    const int descriptor = DescriptorFor(child, order.kind);
    if (ledger::SendMessage(child.line.get(), order, descriptor) == ledger::SendResult::full) break;
    child.orders.pop_front();
  }
  return {child.orders.size() < before, !child.orders.empty()};
}

int Pool::DescriptorFor(const Child& child, ledger::MessageKind kind) const noexcept {
  switch (kind) {
    case ledger::MessageKind::reopen_log:
      return child.generation->access_log.get();
    case ledger::MessageKind::take_from:
      return handoff_.supervisor.get();
    case ledger::MessageKind::give_to:
      return handoff_.child.get();
    default:
      return -1;
  }
}

void Pool::Watch(Child& child) {
  reaper_.Register(
      child.pid, {[this, &child](const Death& death) { OnExit(child, death); },
                  [this, &child](const siginfo_t& info) { OnStop(child, tracing::StopOf(info)); }});
  child.on_line.emplace([this, &child](std::uint32_t) { OnLine(child); });
  if (!loop_.Add(child.line.get(), EPOLLIN, *child.on_line, child.line_watch)) {
    const int error = errno;
    children::Kill(child.pid, SIGKILL);
    errno = error;
    ThrowErrno("watch a worker");
  }
}

/// Until child.until, for what it has to do in its state; one that serves has all the time.
void Pool::GiveTime(Child& child) {
  if (child.state == ChildState::draining) {
    child.deadline.emplace([this, &child] { OnDrainTimeout(child); });
  } else {
    child.deadline.emplace([this, &child] { OnStartTimeout(child); });
  }
  if (child.state != ChildState::serving) loop_.Arm(*child.deadline, child.until);
}

namespace {

/// A child of another user is out of reach for whoever may not trace any process. Attaching might
/// work all the same, if it came before the child has changed its user, and be of no use later.
int Attach(const Child& child) noexcept {
  if (child.generation->identity.is_other && !children::HasCapability(CAP_SYS_PTRACE)) return EPERM;
  return tracing::Attach(child.pid);
}

}  // namespace

void Pool::Trace(Child& child) {
  if (!child.generation->config->rescue) return;
  const int error = Attach(child);
  child.is_traced = error == 0;
  // ESRCH: it is gone already, which shows elsewhere.
  if (error == ESRCH || !rescue_obstacle_.empty()) return;
  const int other = error == 0 ? tracing::TryToTakeDescriptors() : 0;
  if (error == 0 && other == 0) return;
  const int refusal = error == 0 ? other : error;
  const char* const call = error == 0 ? "pidfd_getfd" : "ptrace";
  rescue_obstacle_ = fmt::format("{}: {}", call, ErrnoText(refusal));
  log::Warning(
      fmt::format(
          "{} ({}): connections of a worker that dies are lost, all else works; allow "
          "ptrace and pidfd_getfd (seccomp profile of the container, "
          "kernel.yama.ptrace_scope), or set `rescue: false` if that is intended",
          error == 0 ? "descriptors of workers cannot be taken" : "workers cannot be traced", call),
      {{"error", ErrnoText(refusal)}});
}

int Pool::SetTraced(int slot, bool is_traced) {
  Child* const child = ChildOf(slot);
  if (child == nullptr) return ESRCH;
  if (child->is_traced == is_traced) return 0;
  if (!is_traced) {
    // Detached when it has stopped: OnStop.
    child->is_traced = false;
    tracing::Interrupt(child->pid);
    return 0;
  }
  const int error = Attach(*child);
  child->is_traced = error == 0;
  return error;
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
}

void Pool::FillAll() {
  for (int slot = 0; slot < size_; ++slot) {
    if (SlotOf(slot).child == nullptr && !SlotOf(slot).restart) Fill(slot);
  }
}

void Pool::Fill(int slot) {
  Slot& filled = SlotOf(slot);
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

bool Pool::Replace(int slot) {
  Child* const child = ChildOf(slot);
  if (child == nullptr || child->state != ChildState::serving || is_stopping_) return false;
  Slot& filled = SlotOf(slot);
  if (filled.successor != nullptr) return false;
  filled.successor = Fork(slot, generation_);
  return filled.successor != nullptr;
}

/// The successor is ready: the one before it hands over and goes.
void Pool::TakeSlot(Child& successor) {
  Slot& slot = SlotOf(successor.slot);
  Child* const old = std::exchange(slot.child, &successor);
  slot.successor = nullptr;
  if (old != nullptr) Drain(*old);
}

void Pool::Relieve(const Child& child, std::uint32_t connections) {
  // A line that is full has a worker at its end that reads nothing: the watchdog's matter.
  (void)ledger::SendMessage(child.line.get(), {ledger::MessageKind::relieve, connections});
}

void Pool::Drain(Child& child) {
  if (child.state == ChildState::draining) return;
  child.state = ChildState::draining;
  log::Info("worker drains", {{"worker", child.slot},
                              {"gen", child.generation->number},
                              {"pid", child.pid},
                              {"connections", child.board().connections_open.get()}});
  const bool everything_ends = is_stopping_ || generation_ == nullptr;
  const ledger::Order order = everything_ends ? ledger::Order{ledger::MessageKind::stop}
                                              : ledger::Order{ledger::MessageKind::drain, 0,
                                                              LivingListeners(child, *generation_)};
  Tell(child, order);
  child.until = Clock::now() + child.generation->config->drain_timeout;
  GiveTime(child);
}

void Pool::Stop() {
  is_stopping_ = true;
  for (const std::unique_ptr<Slot>& slot : slots_) slot->Empty();
  for (const std::unique_ptr<Child>& child : children_) {
    // One that drains for a reload may wait for clients that nobody takes over any more.
    if (child->state == ChildState::draining) Tell(*child, {ledger::MessageKind::stop});
    Drain(*child);
  }
  generation_.reset();
}

void Pool::KillAll() {
  for (const std::unique_ptr<Child>& child : children_) children::Kill(child->pid, SIGKILL);
}

void Pool::EndSilent(Child& child) {
  children::Kill(child.pid, child.is_hung ? SIGKILL : SIGABRT);
  // The second time follows soon; a process that outlives SIGKILL stands still in the kernel.
  const TimePoint now = Clock::now();
  child.end_again = now + (child.is_hung ? child.end_wait : Duration(0));
  if (child.is_hung) child.end_wait = std::min(child.end_wait * 2, kLongestEndWait);
  child.is_hung = true;
}

void Pool::OnLine(Child& child) {
  for (int i = 0; i < kMostMessages; ++i) {
    ledger::Message message;
    switch (ledger::ReceiveMessage(child.line.get(), message)) {
      case ledger::ReceiveResult::empty:
        return;
      case ledger::ReceiveResult::closed:
        // It is about to exit; SIGCHLD tells how.
        return loop_.Remove(child.line.get(), child.line_watch);
      case ledger::ReceiveResult::received:
        OnMessage(child, message);
    }
  }
}

void Pool::OnMessage(Child& child, const ledger::Message& message) {
  if (message.order.kind == ledger::MessageKind::ready) return OnReady(child);
  if (message.order.kind == ledger::MessageKind::shown) {
    Trace(child);
    (void)ledger::SendMessage(child.line.get(), {ledger::MessageKind::traced});
    return;
  }
  if (message.order.kind == ledger::MessageKind::left) return TellToLook();
  if (child.state != ChildState::starting || !child.trial.Note(message)) return;
  child.until = Clock::now() + (child.trial.is_running() ? ModuleTrial::kPatience : kStartTimeout);
  loop_.Arm(*child.deadline, child.until);
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
  if (HasSlot(child) && SlotOf(child.slot).successor == &child) TakeSlot(child);
  events_.on_ready(child);
}

void Pool::OnStartTimeout(Child& child) {
  const Duration patience = child.trial.is_running() ? ModuleTrial::kPatience : kStartTimeout;
  log::Error("worker did not get ready in time, killing it",
             {{"worker", child.slot},
              {"gen", child.generation->number},
              {"pid", child.pid},
              {"at", child.trial.is_running() ? child.trial.name() : "start"},
              {"timeout_s", patience / std::chrono::seconds(1)}});
  child.trial.GiveUp();
  End(child);
}

void Pool::OnDrainTimeout(Child& child) {
  const std::uint64_t waiting = child.board().connections_waiting.get();
  if (waiting > 0 && !is_stopping_ && child.extensions < kMostExtensions) {
    ++child.extensions;
    const Duration more =
        std::max<Duration>(child.generation->config->drain_timeout, std::chrono::seconds(1));
    log::Info("a worker goes on draining: nobody has room for its connections yet",
              {{"worker", child.slot},
               {"gen", child.generation->number},
               {"pid", child.pid},
               {"connections", waiting}});
    child.until = Clock::now() + more;
    return loop_.Arm(*child.deadline, child.until);
  }
  log::Warning("worker did not drain in time, killing it",
               {{"worker", child.slot},
                {"gen", child.generation->number},
                {"pid", child.pid},
                {"connections", child.board().connections_open.get()}});
  End(child);
}

/// Until it is gone: it may be refused at this moment.
void Pool::End(Child& child) {
  children::Kill(child.pid, SIGKILL);
  child.deadline.emplace([this, &child] { End(child); });
  loop_.Arm(*child.deadline, Clock::now() + child.end_wait);
  child.end_wait = std::min(child.end_wait * 2, kLongestEndWait);
}

void Pool::OnStop(Child& child, const tracing::Stop& stop) {
  if (stop.reason == tracing::Reason::exiting) {
    child.is_examined = true;
    child.is_victim = post_mortem_.Examine(child.AsDying(), !is_stopping_);
  }
  // It was stopped to be let go, or takes a signal that was on its way before.
  if (stop.reason == tracing::Reason::interrupted && !child.is_traced) {
    return tracing::Detach(child.pid);
  }
  tracing::Resume(child.pid, stop);
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
  if (child.line_watch.generation != 0) OnLine(child);  // What it said last.
  loop_.Remove(child.line.get(), child.line_watch);
  child.line_room.reset();
  loop::Loop::Disarm(*child.deadline);
  Remember(child);
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
    if (child->state != ChildState::serving) continue;
    // A line that is full has a worker at its end that reads nothing.
    (void)ledger::SendMessage(child->line.get(), {ledger::MessageKind::look});
  }
}

/// Says how the child ended, and fills its slot again.
void Pool::Bury(const Child& child, const Death& death) {
  if (HasSlot(child) && SlotOf(child.slot).child == &child) return RefillAfter(child, death);
  if (HasSlot(child)) SlotOf(child.slot).successor = nullptr;
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
  const Duration wait =
      child.is_victim ? Duration(0) : policy_.OnDeath(child.slot, child.started, now);
  log::Error("worker died", {{"worker", child.slot},
                             {"gen", child.generation->number},
                             {"pid", child.pid},
                             {"cause", death.Text()},
                             {"connections", child.board().connections_open.get()},
                             {"restart_in_ms", wait.count()}});
  Slot& slot = SlotOf(child.slot);
  ++slot.restarts;
  // One that was about to replace it does so now.
  slot.child = std::exchange(slot.successor, nullptr);
  if (slot.child != nullptr) return;
  if (wait == Duration(0)) return Fill(child.slot);
  FillLater(child.slot, now + wait);
}

void Pool::FillLater(int slot, TimePoint when) {
  std::unique_ptr<loop::Alarm>& restart = SlotOf(slot).restart;
  restart = std::make_unique<loop::Alarm>([this, slot] { Fill(slot); });
  SlotOf(slot).restart_at = when;
  loop_.Arm(*restart, when);
}

void Pool::SendAccessLogs() {
  for (const std::unique_ptr<Child>& child : children_) {
    if (!child->generation->access_log) continue;
    Tell(*child, {ledger::MessageKind::reopen_log});
  }
}

void Pool::SendJobs(const GenerationPointer& generation) {
  for (const std::unique_ptr<Child>& child : children_) {
    if (child->generation != generation) continue;
    (void)ledger::SendMessage(child->line.get(), {ledger::MessageKind::jobs},
                              generation->executors->give.get());
  }
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

bool Pool::IsReplacing() const noexcept {
  return std::any_of(slots_.begin(), slots_.begin() + size_,
                     [](const auto& slot) { return slot->successor != nullptr; });
}

bool Pool::HasSlot(const Child& child) const noexcept {
  const auto slot = static_cast<std::size_t>(child.slot);
  return slot < slots_.size() &&
         (slots_[slot]->child == &child || slots_[slot]->successor == &child);
}

Child* Pool::ChildOf(int slot) const noexcept {
  return slot >= 0 && slot < size_ ? SlotOf(slot).child : nullptr;
}

std::optional<Duration> Pool::WaitOf(int slot) const noexcept {
  const Slot& waiting = SlotOf(slot);
  if (waiting.child != nullptr || waiting.restart == nullptr) return {};
  return std::max(std::chrono::ceil<Duration>(waiting.restart_at - Clock::now()), Duration(0));
}

int Pool::Restarts(int slot) const noexcept { return SlotOf(slot).restarts; }

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

Counts Pool::CountsOf(int slot) const { return SlotOf(slot).past; }

Counts Pool::AllCounts() const {
  Counts counts;
  for (const std::unique_ptr<Slot>& slot : slots_) counts.Add(slot->past);
  for (const std::unique_ptr<Child>& child : children_) counts.Add(child->board());
  return counts;
}

}  // namespace tined::supervisor

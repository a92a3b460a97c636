#include "supervisor/workers/worker_fork.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "channels/control_pair.hpp"
#include "children/after_fork.hpp"
#include "children/hidden_files.hpp"

namespace tined::supervisor {
namespace {

/// As long as a supervisor may need to come round to it; it goes on untraced then.
constexpr Duration kTracePatience = std::chrono::seconds(5);

/// No connection may be there before the worker is traced. What the supervisor says is left unread.
void AwaitTracer(int control) noexcept {
  (void)channels::SendMessage(control, {channels::MessageKind::shown});
  pollfd wait{.fd = control, .events = POLLIN, .revents = 0};
  (void)::poll(&wait, 1, static_cast<int>(kTracePatience.count()));
}

/// The port of a bound socket; 0 where there are none.
std::uint16_t PortOf(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  const bool has_name = ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  return has_name ? ledger::PeerOf(address).port : std::uint16_t{0};
}

/// The child's side: never returns.
[[noreturn]] void RunChild(Child& child, Descriptor control,
                           const channels::WorkerFunction& run_worker, const Commons& commons) {
  const Generation& generation = *child.generation;
  channels::WorkerStart start{.config = generation.config.get(),
                              .listeners = {},
                              .ledger = child.ledger.get(),
                              .quarantine = commons.quarantine,
                              .place = &*child.place,
                              .rates = commons.rates,
                              .tally = &*child.tally,
                              .clients = &*child.clients,
                              .control = control.Release(),
                              .take_channel = commons.take_channel,
                              .give_channel = commons.give_channel,
                              .successor = commons.successor,
                              .executors = {},
                              .access_log = generation.access_log.get(),
                              .slot = child.slot,
                              .generation = generation.number};
  children::Belongings belongings{
      {start.control, start.take_channel, start.give_channel, start.successor, start.access_log},
      fmt::format("tined worker {}", child.slot)};
  for (const OpenSocket& open : generation.sockets) {
    // Where TLS is spoken handshakers accept.
    const int socket = open.listener->tls ? -1 : open.socket->descriptor();
    start.listeners.push_back(
        {open.listener, socket, open.socket->id(), PortOf(open.socket->descriptor())});
    belongings.descriptors.push_back(socket);
  }
  for (std::size_t i = 0; i < generation.executors.size(); ++i) {
    const Generation::Executors& executors = *generation.executors[i];
    const Mailboxes::Lease& mailbox = child.mailboxes.at(i);
    shared::ExecutorBoard& board = **executors.board;
    start.executors.push_back(
        {executors.give.get(), &board, mailbox.descriptor(), mailbox.number()});
    belongings.descriptors.push_back(executors.give.get());
    belongings.descriptors.push_back(mailbox.descriptor());
    if (mailbox.descriptor() >= 0) board.askers[mailbox.number()].store(::getpid());
  }
  for (const int module : generation.modules.descriptors()) {
    belongings.descriptors.push_back(module);
  }
  try {
    children::AfterFork(std::move(belongings), generation.identity);
    children::HideKeys(*generation.config, generation.identity);
  } catch (const std::system_error& error) {
    log::Error("the worker cannot start", {{"worker", child.slot},
                                           {"gen", child.generation->number},
                                           {"pid", ::getpid()},
                                           {"error", error.what()}});
    ::_exit(1);
  }
  if (IsShownLater(generation)) AwaitTracer(start.control);
  ::_exit(run_worker(start));
}

/// One for each connection that it may hold: those that it takes over are not counted against
/// max_connections. Address space, not memory.
std::uint32_t RecordsFor(std::uint32_t max_connections) noexcept {
  constexpr rlim_t kMost = 1U << 20;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return max_connections;
  return std::max(max_connections, static_cast<std::uint32_t>(std::min(limit.rlim_cur, kMost)));
}

}  // namespace

bool IsShownLater(const Generation& generation) noexcept {
  return generation.config->rescue && !generation.identity.is_other && ::geteuid() != 0;
}

std::unique_ptr<Child> ForkWorker(int slot, const GenerationPointer& generation,
                                  const channels::WorkerFunction& run_worker,
                                  const Commons& commons) {
  auto child = std::make_unique<Child>(slot, generation);
  child->ledger = std::make_unique<ledger::Ledger>(
      RecordsFor(generation->config->workers.max_connections), ledger::Ledger::kArenaSize);
  child->place.emplace(*commons.crowd);
  child->tally.emplace(*commons.tally);
  child->clients.emplace(*commons.clients);
  if (!child->tally->has_part()) {
    log::Warning(
        "there are more workers, of all generations, than limits of requests in flight and "
        "of connections are counted for: what this one has is not counted",
        {{"worker", slot}, {"most", shared::Tally::kMostMembers}});
  }
  child->board().heartbeat.store(child->started.time_since_epoch().count());
  for (const auto& executors : generation->executors) {
    child->mailboxes.push_back(executors->mailboxes->Lend());
  }
  channels::ControlPair control = channels::MakeControlPair();
  child->pid = Check(::fork(), "fork");
  if (child->pid == 0) RunChild(*child, std::move(control.child), run_worker, commons);
  child->ledger->HideFromLaterForks();
  child->control.Connect(std::move(control.supervisor));
  // The child has not been waited for: the number is its own still.
  child->process.Reset(static_cast<int>(::syscall(SYS_pidfd_open, child->pid, 0)));
  return child;
}

}  // namespace tined::supervisor

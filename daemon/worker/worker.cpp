#include "worker/worker.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "backends/crash_handler.hpp"
#include "backends/files/file_reader.hpp"
#include "backends/modules/reactor.hpp"
#include "backends/processes/executor_pools.hpp"
#include "backends/programs/programs.hpp"
#include "backends/threads.hpp"
#include "base/log.hpp"
#include "base/number.hpp"
#include "base/proc.hpp"
#include "base/signal_stack.hpp"
#include "exchange/exchanges.hpp"
#include "handlers/file_cache.hpp"
#include "ledger/messages.hpp"
#include "protocol/http1/http1.hpp"
#include "protocol/stream/stream.hpp"
#include "transport/plain.hpp"
#include "worker/acceptor.hpp"
#include "worker/connections.hpp"
#include "worker/giver.hpp"
#include "worker/taker.hpp"

namespace tined::worker {
namespace {

constexpr Duration kHousekeeping = std::chrono::seconds(1);
/// Handlers on threads whose clients are gone have this long when the worker ends.
constexpr Duration kThreadPatience = std::chrono::seconds(1);

/// The end of drain_timeout, in which connections are closed politely.
Duration LastPartOf(Duration drain_timeout) { return std::min(drain_timeout / 10, Duration(1000)); }

/// The port of a bound socket; 0 where there are none.
std::uint16_t PortOf(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  const bool has_name = ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  return has_name ? ledger::PeerOf(address).port : std::uint16_t{0};
}

bool ReadsAsync(const config::Listener& listener) {
  return std::any_of(listener.routes.begin(), listener.routes.end(),
                     [](const config::Route& route) {
                       const auto* const files = std::get_if<config::Static>(&route.handler);
                       return files != nullptr && files->io == config::FileIo::async;
                     });
}

/// How long this thread has worked or wanted to: on a CPU, and waiting for one (proc(5),
/// schedstat). Without that file: on a CPU.
std::chrono::nanoseconds WorkOfThisThread() noexcept {
  std::array<char, 128> room{};
  std::string_view text = ReadProc("/proc/thread-self/schedstat", room);
  if (const auto on_cpu = TakeNumber<std::int64_t>(text)) {
    text.remove_prefix(std::min<std::size_t>(text.size(), 1));
    return std::chrono::nanoseconds(*on_cpu + TakeNumber<std::int64_t>(text).value_or(0));
  }
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

config::AccessLog::Format AccessLogFormat(const config::Config& config) {
  return config.access_log ? config.access_log->format : config::AccessLog::Format::combined;
}

/// What answers a client whose listener is gone, and whose connection its worker could not end
/// itself.
const config::Listener& GoneListener() {
  static const config::Listener gone = [] {
    config::Listener listener;
    listener.name = "gone";
    listener.routes.emplace_back().handler =
        config::Respond{.status = 503, .body = "This address is not served any more.\n"};
    return listener;
  }();
  return gone;
}

class Worker final : public loop::Watcher {
 public:
  explicit Worker(const ledger::WorkerStart& start);

  void Serve();

  /// The line has something to say, or has ended with the supervisor.
  void OnReady(std::uint32_t events) noexcept override;

 private:
  void TellOfCapacity() const;
  void EndThreads();
  void OnTurnStart() noexcept;
  void KeepHouse() noexcept;
  void NoteBusiness() noexcept;
  void Count() noexcept;
  void Look() noexcept;
  void Drain(ledger::ListenerSet live) noexcept;
  void Relieve(std::uint32_t count) noexcept;
  void Stop() noexcept;
  void Settle() noexcept;
  void GoOnAlone() noexcept;
  [[nodiscard]] bool WaitForSuccessor() noexcept;
  void OnSuccessor() noexcept;
  void BeginDraining() noexcept;
  void ArmDrainTimeout() noexcept;
  void OnRelease() noexcept;
  void EndAlone() noexcept;
  void OnDrainTimeout() noexcept;

  const ledger::WorkerStart& start_;
  SignalStack signal_stack_;
  loop::Loop loop_;
  ledger::Arena arena_;
  Workbench bench_;
  exchange::AccessLog access_log_;
  exchange::WallClockText clock_;
  bool is_draining_ = false;
  bool is_stopping_ = false;   ///< nobody goes on: whatever is idle closes
  bool is_time_over_ = false;  ///< without a supervisor: what is left has one more answer
  exchange::Exchanges exchanges_;
  handlers::FileCache file_cache_;
  backends::Threads threads_;
  backends::Reactor reactor_{loop_, threads_, start_.ledger->board().handling};
  backends::ExecutorPools executors_;
  backends::Programs programs_;
  backends::FileReader files_{loop_, threads_};
  transport::Plain plain_{arena_, files_};
  http1::Http1 http1_{start_.config->limits, arena_, exchanges_};
  stream::Stream stream_{{start_.config->limits, arena_, start_.ledger->board(), clock_}};
  std::vector<std::unique_ptr<exchange::Routes>> routes_;
  exchange::Routes farewell_{GoneListener(), 0, handlers::Context{.file_cache = file_cache_}};
  Connections connections_;
  Standing standing_{*start_.place, connections_};
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  Descriptor take_channel_;
  Descriptor give_channel_;
  Taker taker_;
  Giver giver_;
  loop::WatchId line_watch_;
  loop::Reaction on_successor_{[this](std::uint32_t) { OnSuccessor(); }};
  loop::WatchId successor_watch_;
  TimePoint business_noted_ = loop_.now();
  std::chrono::nanoseconds work_noted_{};
  loop::Alarm settle_{[this] { Settle(); }};
  loop::Alarm housekeeping_{[this] { KeepHouse(); }};
  loop::Alarm drain_timeout_{[this] { OnDrainTimeout(); }};
};

Worker::Worker(const ledger::WorkerStart& start)
    : start_(start),
      arena_(start.ledger->arena(), start.ledger->tags()),
      bench_(start.ledger->board(), arena_),
      access_log_(Descriptor(start.access_log), AccessLogFormat(*start.config),
                  start.ledger->board().access_lines_lost),
      exchanges_(
          {*start.config, start.ledger->board(), access_log_, clock_, loop_, *start.quarantine}),
      threads_(loop_, start.config->backends.threads, start.ledger->board().threads),
      executors_(loop_, *start.config, start.executors),
      programs_(loop_, start.config->backends.programs, start.ledger->board().programs),
      connections_({loop_, arena_, start.ledger->board(), start.config->timeouts, http1_, stream_,
                    plain_, files_, bench_},
                   start.ledger->records(),
                   CapacityOfThis(start.config->workers.max_connections,
                                  static_cast<std::uint32_t>(start.ledger->records().size()))),
      take_channel_(start.take_channel),
      give_channel_(start.give_channel),
      taker_({loop_, connections_, routes_, farewell_}, start.take_channel,
             ledger::Inbox(start.ledger->inbox())),
      giver_({loop_, connections_, start.ledger->board(), *start.place}, start.give_channel) {
  ledger::ModuleReport report(start.line, *start.config);
  handlers::Context context{.file_cache = file_cache_,
                            .counters = &start.ledger->board().modules,
                            .reactor = &reactor_,
                            .threads = &threads_,
                            .executors = &executors_,
                            .report = &report,
                            .programs = &programs_};
  farewell_.End();
  TellOfCapacity();
  backends::InstallCrashHandler(start.ledger->board().crash);
  for (const ledger::OpenListener& listener : start.listeners) {
    const auto number = static_cast<std::uint32_t>(routes_.size());
    context.port = PortOf(listener.descriptor);
    routes_.push_back(std::make_unique<exchange::Routes>(*listener.settings, listener.id, context));
    if (ReadsAsync(*listener.settings)) files_.PrepareAsync();
    acceptors_.push_back(std::make_unique<Acceptor>(
        Acceptor::Surroundings{loop_, connections_, start.ledger->board(), standing_},
        Descriptor(listener.descriptor), *routes_.back(), number));
  }
  report.Ends();
  if (report.has_refusals()) throw std::runtime_error(report.first_refusal());
}

/// Warns once, though each worker has the same.
void Worker::TellOfCapacity() const {
  const std::uint32_t wanted = start_.config->workers.max_connections;
  const std::size_t accepts = connections_.capacity();
  if (start_.slot != 0 || accepts >= wanted) return;
  log::Warning(
      "the limit of open files leaves room for fewer connections than workers.max_connections: "
      "raise it (LimitNOFILE= in the unit, ulimit -Hn)",
      {{"max_connections", wanted}, {"connections", accepts}});
}

void Worker::Serve() {
  loop_.OnTurnStart([this] { OnTurnStart(); });
  loop_.OnTurnEnd([this] { standing_.Tell(); });
  connections_.OnRelease([this] { OnRelease(); });
  // Settling is put off: the connection that tells is in the middle of its own affairs.
  connections_.OnSettled([this] {
    if (is_draining_) loop_.Arm(settle_, loop_.now());
  });
  if (!loop_.Add(start_.line, EPOLLIN, *this, line_watch_)) return;
  clock_.Refresh();
  KeepHouse();
  for (const auto& acceptor : acceptors_) acceptor->Resume();
  taker_.Resume();
  // A closed line shows in the loop at once.
  ledger::SendMessagePatiently(start_.line, {ledger::MessageKind::ready});
  loop_.Run();
  Count();
  EndThreads();
}

/// Nobody waits for what threads and kernel are still doing, and nothing they use may go before
/// them.
void Worker::EndThreads() {
  if (threads_.Quiesce(kThreadPatience) && files_.Quiesce(kThreadPatience)) return;
  log::Warning("ending while handlers are at work, or files are read, for clients that are gone",
               {{"worker", start_.slot}, {"gen", start_.generation}});
  ::_exit(0);
}

void Worker::OnTurnStart() noexcept {
  clock_.Refresh();
  start_.ledger->board().heartbeat.store(loop_.now().time_since_epoch().count(),
                                         std::memory_order_relaxed);
}

void Worker::KeepHouse() noexcept {
  access_log_.Flush();
  arena_.Trim();
  NoteBusiness();
  if (!is_draining_) taker_.Resume();
  if (!is_draining_ && !taker_.is_refraining()) standing_.Return();
  Look();
  Count();
  // The heartbeat of an idle worker: several within the watchdog's patience.
  const Duration watchdog = start_.config->workers.watchdog;
  loop_.Arm(housekeeping_,
            loop_.now() +
                (watchdog > Duration(0) ? std::min(kHousekeeping, watchdog / 4) : kHousekeeping));
}

void Worker::Look() noexcept {
  for (const auto& acceptor : acceptors_) acceptor->Look();
}

void Worker::Count() noexcept { start_.ledger->board().log_lines_lost.Set(log::LinesLost()); }

void Worker::OnReady(std::uint32_t) noexcept {
  ledger::Message message;
  switch (ledger::ReceiveMessage(start_.line, message)) {
    case ledger::ReceiveResult::empty:
      return;
    case ledger::ReceiveResult::closed:
      loop_.Remove(start_.line, line_watch_);
      return GoOnAlone();
    case ledger::ReceiveResult::received:
      break;
  }
  switch (message.order.kind) {
    case ledger::MessageKind::drain:
      return Drain(message.order.listeners);
    case ledger::MessageKind::stop:
      return Stop();
    case ledger::MessageKind::look:
      return Look();
    case ledger::MessageKind::relieve:
      return Relieve(message.order.count);
    case ledger::MessageKind::jobs:
      return executors_.GoOnWith(message.order.count, std::move(message.descriptor));
    case ledger::MessageKind::reopen_log:
      return access_log_.Reopen(std::move(message.descriptor));
    case ledger::MessageKind::take_from:
      taker_.ChangeChannel(message.descriptor.get());
      take_channel_ = std::move(message.descriptor);
      if (!is_draining_) taker_.Resume();
      return;
    case ledger::MessageKind::give_to:
      giver_.ChangeChannel(message.descriptor.get());
      give_channel_ = std::move(message.descriptor);
      return;
    default:
      return;
  }
}

/// How much of the time since the last look this thread has worked, blocked ones not counted.
void Worker::NoteBusiness() noexcept {
  const std::chrono::nanoseconds work = WorkOfThisThread();
  const auto time = loop_.now() - business_noted_;
  if (time < kHousekeeping / 2) return;
  start_.ledger->board().busy.Set(static_cast<std::uint64_t>((work - work_noted_) * 1000 / time));
  business_noted_ = loop_.now();
  work_noted_ = work;
}

/// Others have room: they take what is given, this worker takes nothing back for a while.
void Worker::Relieve(std::uint32_t count) noexcept {
  if (is_draining_) return;
  taker_.Refrain(kHousekeeping);
  standing_.Leave();
  giver_.GiveIdle(count);
}

void Worker::BeginDraining() noexcept {
  taker_.Pause();
  if (is_draining_) return;
  is_draining_ = true;
  standing_.Leave();
  if (!drain_timeout_.is_armed()) ArmDrainTimeout();
}

/// A little before the supervisor loses its patience, so that idle connections end politely.
void Worker::ArmDrainTimeout() noexcept {
  const Duration patience = start_.config->drain_timeout;
  loop_.Arm(drain_timeout_, loop_.now() + patience - LastPartOf(patience));
}

/// Where another supervisor is expected, this worker goes on as before until then: the connections
/// in the backlog have nobody else.
bool Worker::WaitForSuccessor() noexcept {
  if (is_draining_ || start_.successor < 0 ||
      !loop_.Add(start_.successor, EPOLLIN, on_successor_, successor_watch_)) {
    return false;
  }
  log::Error("the supervisor is gone: serving on until the next one's workers do",
             {{"worker", start_.slot}, {"within_ms", start_.config->drain_timeout.count()}});
  ArmDrainTimeout();
  return true;
}

void Worker::OnSuccessor() noexcept {
  loop_.Remove(start_.successor, successor_watch_);
  log::Info("other workers serve in place of this one, which hands its connections over",
            {{"worker", start_.slot}, {"connections", connections_.count()}});
  Drain(~ledger::ListenerSet{0});
}

/// The supervisor is gone, and nobody tells this worker anything any more. It serves the
/// connections that it has, and lets go of its listening sockets: the next tined wants them.
void Worker::GoOnAlone() noexcept {
  if (WaitForSuccessor()) return;
  log::Error("the supervisor is gone: no new connections, those that are here end in time",
             {{"worker", start_.slot},
              {"gen", start_.generation},
              {"pid", ::getpid()},
              {"connections", connections_.count()},
              {"within_ms", start_.config->drain_timeout.count()}});
  BeginDraining();
  // The worker may have been draining, and past its time-out.
  if (!drain_timeout_.is_armed()) ArmDrainTimeout();
  for (const auto& acceptor : acceptors_) acceptor->AcceptTheLast();
  if (connections_.count() == 0) loop_.Stop();
}

void Worker::Drain(ledger::ListenerSet live) noexcept {
  BeginDraining();
  for (std::size_t i = 0; i < acceptors_.size(); ++i) {
    if ((live >> i & 1) != 0 && give_channel_) {
      acceptors_[i]->Pause();
    } else {
      acceptors_[i]->AcceptTheLast();
      routes_[i]->End();
    }
  }
  (void)ledger::SendMessage(start_.line, {ledger::MessageKind::left});
  giver_.GiveAll();
  if (connections_.count() == 0) loop_.Stop();
}

void Worker::Stop() noexcept {
  is_stopping_ = true;
  BeginDraining();
  for (const auto& routes : routes_) routes->End();
  for (const auto& acceptor : acceptors_) acceptor->AcceptTheLast();
  connections_.FinishAll();
  if (connections_.count() == 0) loop_.Stop();
}

/// A connection that was busy when draining began is so no more.
void Worker::Settle() noexcept {
  if (is_stopping_) {
    connections_.FinishAll();
  } else {
    giver_.GiveAll();
  }
}

/// The last part of the time without a supervisor: each connection has one more answer.
void Worker::EndAlone() noexcept {
  BeginDraining();
  for (const auto& acceptor : acceptors_) acceptor->Pause();
  for (const auto& routes : routes_) routes->End();
  loop_.Arm(drain_timeout_, loop_.now() + LastPartOf(start_.config->drain_timeout));
  if (connections_.count() == 0) loop_.Stop();
}

void Worker::OnDrainTimeout() noexcept {
  const bool is_orphan = line_watch_.generation == 0;
  if (is_orphan && !std::exchange(is_time_over_, true)) return EndAlone();
  // Time is not what these need: they have it until somebody has room for them.
  if (!is_orphan && !is_stopping_ && giver_.is_waiting()) {
    const Duration more = std::max<Duration>(start_.config->drain_timeout, kHousekeeping);
    return loop_.Arm(drain_timeout_, loop_.now() + more);
  }
  connections_.FinishAll();
  // Without a supervisor there is nobody else to end this worker.
  if (is_orphan || connections_.count() == 0) loop_.Stop();
}

void Worker::OnRelease() noexcept {
  if (!is_draining_) {
    for (const auto& acceptor : acceptors_) acceptor->Resume();
    taker_.Resume();
  } else if (connections_.count() == 0) {
    loop_.Stop();
  }
}

}  // namespace

int Run(const ledger::WorkerStart& start) noexcept {
  bool has_started = false;
  try {
    Worker worker(start);
    has_started = true;
    worker.Serve();
    return 0;
  } catch (const std::exception& error) {
    log::Error(has_started ? "the worker cannot go on" : "the worker cannot start",
               {{"worker", start.slot},
                {"gen", start.generation},
                {"pid", ::getpid()},
                {"error", error.what()}});
    return 1;
  }
}

}  // namespace tined::worker

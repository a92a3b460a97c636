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
#include "backends/passwords.hpp"
#include "backends/processes/executor_pools.hpp"
#include "backends/programs/programs.hpp"
#include "backends/threads.hpp"
#include "base/log.hpp"
#include "base/number.hpp"
#include "base/proc.hpp"
#include "base/signal_stack.hpp"
#include "channels/control_pair.hpp"
#include "exchange/exchanges.hpp"
#include "handlers/file_cache.hpp"
#include "protocol/http1/http1.hpp"
#include "protocol/http2/http2.hpp"
#include "protocol/stream/stream.hpp"
#include "protocol/undecided.hpp"
#include "transport/plain.hpp"
#include "worker/acceptor.hpp"
#include "worker/connections.hpp"
#include "worker/ending.hpp"
#include "worker/giver.hpp"
#include "worker/taker.hpp"

namespace tined::worker {
namespace {

constexpr Duration kHousekeeping = std::chrono::seconds(1);
/// Handlers on threads whose clients are gone have this long when the worker ends.
constexpr Duration kThreadPatience = std::chrono::seconds(1);

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
  explicit Worker(const channels::WorkerStart& start);

  void Serve();

  /// The control pair has something to say, or has ended with the supervisor.
  void OnReady(std::uint32_t events) noexcept override;

 private:
  void TellOfCapacity() const;
  void EndThreads();
  void OnTurnStart() noexcept;
  void KeepHouse() noexcept;
  void NoteBusiness() noexcept;
  void Count() noexcept;
  void Look() noexcept;
  void Relieve(std::uint32_t count) noexcept;
  void OnRelease() noexcept;

  const channels::WorkerStart& start_;
  SignalStack signal_stack_;
  loop::Loop loop_;
  ledger::Arena arena_;
  Workbench bench_;
  exchange::AccessLog access_log_;
  exchange::WallClockText clock_;
  exchange::Exchanges exchanges_;
  handlers::FileCache file_cache_;
  backends::Threads threads_;
  backends::Passwords passwords_{loop_, threads_};
  backends::Reactor reactor_{loop_, threads_, start_.ledger->board().handling};
  backends::ExecutorPools executors_;
  backends::Programs programs_;
  backends::FileReader files_{loop_, threads_};
  transport::Plain plain_{arena_, files_};
  transport::TlsOnDemand tls_{arena_, files_, tls::Library::automatic};
  http1::Http1 http1_{start_.config->limits, arena_, exchanges_};
  http2::Http2 http2_{{start_.config->limits, start_.config->timeouts, arena_, exchanges_, files_}};
  protocol::Undecided undecided_{arena_, http1_, http2_};
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
  Ending ending_{{start_, loop_, connections_, acceptors_, routes_, taker_, giver_, standing_}};
  loop::WatchId control_watch_;
  TimePoint business_noted_ = loop_.now();
  std::chrono::nanoseconds work_noted_{};
  loop::Alarm housekeeping_{[this] { KeepHouse(); }};
};

Worker::Worker(const channels::WorkerStart& start)
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
      connections_({loop_,
                    arena_,
                    start.ledger->board(),
                    start.config->timeouts,
                    {http1_, http2_, undecided_, stream_},
                    plain_,
                    tls_,
                    start.ledger->tls_states(),
                    files_,
                    bench_},
                   start.ledger->records(),
                   CapacityOfThis(start.config->workers.max_connections,
                                  static_cast<std::uint32_t>(start.ledger->records().size()))),
      take_channel_(start.take_channel),
      give_channel_(start.give_channel),
      taker_({loop_, connections_, routes_, farewell_}, start.take_channel,
             channels::Inbox(start.ledger->inbox())),
      giver_({loop_, connections_, start.ledger->board(), *start.place}, start.give_channel) {
  channels::ModuleReport report(start.control, *start.config);
  handlers::Context context{.file_cache = file_cache_,
                            .loop = &loop_,
                            .counters = &start.ledger->board().modules,
                            .reactor = &reactor_,
                            .threads = &threads_,
                            .executors = &executors_,
                            .report = &report,
                            .programs = &programs_};
  farewell_.End();
  TellOfCapacity();
  backends::InstallCrashHandler(start.ledger->board().crash);
  for (const channels::OpenListener& listener : start.listeners) {
    const auto number = static_cast<std::uint32_t>(routes_.size());
    context.port = listener.port;
    routes_.push_back(std::make_unique<exchange::Routes>(
        *listener.settings, listener.id, context,
        exchange::AdmissionTools{start.rates, start.tally, start.clients, &passwords_}));
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
  connections_.OnSettled([this] { ending_.OnSettled(); });
  if (!loop_.Add(start_.control, EPOLLIN, *this, control_watch_)) return;
  clock_.Refresh();
  KeepHouse();
  for (const auto& acceptor : acceptors_) acceptor->Resume();
  taker_.Resume();
  // A closed line shows in the loop at once.
  channels::SendMessagePatiently(start_.control, {channels::MessageKind::ready});
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
  if (!ending_.has_begun()) taker_.Resume();
  if (!ending_.has_begun() && !taker_.is_refraining()) standing_.Return();
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
  channels::Message message;
  switch (channels::ReceiveMessage(start_.control, message)) {
    case channels::ReceiveResult::empty:
      return;
    case channels::ReceiveResult::closed:
      loop_.Remove(start_.control, control_watch_);
      return ending_.OnSupervisorGone();
    case channels::ReceiveResult::received:
      break;
  }
  switch (message.order.kind) {
    case channels::MessageKind::drain:
      return ending_.Drain(message.order.listeners);
    case channels::MessageKind::stop:
      return ending_.Stop();
    case channels::MessageKind::look:
      return Look();
    case channels::MessageKind::relieve:
      return Relieve(message.order.count);
    case channels::MessageKind::jobs:
      return executors_.GoOnWith(message.order.count, std::move(message.descriptor));
    case channels::MessageKind::reopen_log:
      return access_log_.Reopen(std::move(message.descriptor));
    case channels::MessageKind::take_from:
      taker_.ChangeChannel(message.descriptor.get());
      take_channel_ = std::move(message.descriptor);
      if (!ending_.has_begun()) taker_.Resume();
      return;
    case channels::MessageKind::give_to:
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
  if (ending_.has_begun()) return;
  taker_.Refrain(kHousekeeping);
  standing_.Leave();
  giver_.GiveIdle(count);
}

void Worker::OnRelease() noexcept {
  if (ending_.has_begun()) return ending_.OnRelease();
  for (const auto& acceptor : acceptors_) acceptor->Resume();
  taker_.Resume();
}

}  // namespace

int Run(const channels::WorkerStart& start) noexcept {
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

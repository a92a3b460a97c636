#include "supervisor/generation/generation.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "base/error.hpp"
#include "base/local_path.hpp"

namespace tined::supervisor {

void Generation::OpenAccessLog() {
  if (!config->access_log) return;
  try {
    access_log = local_path::OpenLog(config->access_log->path, children::StrangersOf(identity));
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("cannot open the access log {}", error.what()));
  }
}

namespace {

/// Twice as many as there are workers: one that takes a slot over is there beside the one that
/// leaves it.
std::size_t MailboxesFor(const config::Processes& settings, int workers) {
  return shared::KeepChannels(settings) ? static_cast<std::size_t>(workers) * 2 : 0;
}

std::unique_ptr<Generation::Executors> MakeExecutors(config::ProcessPool pool, int workers) {
  auto executors = std::make_unique<Generation::Executors>();
  executors->pool = std::move(pool);
  executors->Renew();
  executors->board = std::make_shared<SharedFile<shared::ExecutorBoard>>("tined-executors");
  executors->mailboxes = std::make_shared<Mailboxes>(
      executors->board, MailboxesFor(executors->pool.settings, workers));
  return executors;
}

}  // namespace

void Generation::Executors::Renew() {
  int ends[2];
  Check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "make a job channel");
  give.Reset(ends[0]);
  take.Reset(ends[1]);
}

bool Generation::Executors::IsBroken() const noexcept {
  std::array<pollfd, 2> ends = {pollfd{give.get(), POLLRDHUP, 0}, pollfd{take.get(), POLLRDHUP, 0}};
  return ::poll(ends.data(), ends.size(), 0) > 0;
}

namespace {

/// CPUs that this process may run on.
int UsableCpus() noexcept {
  cpu_set_t usable;
  if (::sched_getaffinity(0, sizeof usable, &usable) != 0) return 1;
  return std::max(CPU_COUNT(&usable), 1);
}

}  // namespace

int Generation::WorkerCount() const {
  if (scale > 0) return scale;
  return config->workers.count > 0 ? config->workers.count : UsableCpus();
}

int Generation::HandshakerCount() const {
  constexpr int kManyCpus = 4;
  if (!config::HasTls(*config)) return 0;
  if (config->handshakers.count > 0) return config->handshakers.count;
  return UsableCpus() < kManyCpus ? 1 : 2;
}

GenerationPointer Prepare(Loaded loaded, const Generation* current, const PassedSockets& passed,
                          Duration patience) {
  auto prepared = std::make_shared<Generation>();
  prepared->number = current == nullptr ? 1 : current->number + 1;
  prepared->modules = ModuleImages(loaded.config, current == nullptr ? nullptr : &current->modules);
  prepared->config = std::make_unique<const config::Config>(std::move(loaded.config));
  prepared->identity = std::move(loaded.identity);
  prepared->sockets =
      OpenAll(*prepared->config, current == nullptr ? OpenSockets() : current->sockets, passed,
              {prepared->identity, patience});
  prepared->OpenAccessLog();
  prepared->tls = TlsFiles(*prepared->config, children::StrangersOf(prepared->identity),
                           TlsFiles::KeyLogs::open);
  for (config::ProcessPool& pool : config::ProcessPoolsOf(*prepared->config)) {
    prepared->executors.push_back(MakeExecutors(std::move(pool), prepared->WorkerCount()));
  }
  return prepared;
}

}  // namespace tined::supervisor

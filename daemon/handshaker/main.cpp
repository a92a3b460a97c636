// tined-handshaker: accepts on listeners with TLS, does the handshakes and hands the connections to
// workers. It alone holds private keys. Started by tined's supervisor alone, which tells it
// everything in a document (handshaker/start.hpp).
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/number.hpp"
#include "base/shared_file.hpp"
#include "children/after_fork.hpp"
#include "children/confinement.hpp"
#include "handshaker/contexts.hpp"
#include "handshaker/copies.hpp"
#include "handshaker/handshaker.hpp"
#include "handshaker/readers.hpp"
#include "handshaker/start.hpp"

namespace {

using namespace tined;

/// Handshakes take more of a CPU than anything else: where there is not enough for all, connections
/// that are established go first.
constexpr int kNiceness = 5;

/// Nobody of the same user looks into this process, nor finds its memory in a file; and whatever it
/// is made to do, it does to no other process.
void Withdraw() {
  Check(::prctl(PR_SET_DUMPABLE, 0), "prctl PR_SET_DUMPABLE");
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  Check(::setrlimit(RLIMIT_CORE, &none), "setrlimit RLIMIT_CORE");
  if (!children::Confinement().Enter()) ThrowErrno("confine a handshaker");
  (void)!::nice(kNiceness);
}

int Refuse(const handshaker::Start& start, const handshaker::Contexts& contexts) {
  for (const handshaker::Contexts::Problem& each : contexts.problems()) {
    channels::SendMessagePatiently(
        start.control, {.kind = channels::MessageKind::refuses, .count = each.listener + 1},
        each.text);
  }
  return 1;
}

handshaker::Handshaker::Plan PlanOf(const handshaker::Start& start, handshaker::Contexts& contexts,
                                    shared::HandshakerBoard& board) {
  handshaker::Handshaker::Plan plan{.listeners = {},
                                    .control = Descriptor(start.control),
                                    .channel = Descriptor(start.give),
                                    .board = &board,
                                    .most_pending = static_cast<std::size_t>(start.pending),
                                    .housekeeping = [&contexts] { contexts.Refresh(); },
                                    .on_staple =
                                        [&contexts](std::uint32_t certificate, Descriptor file) {
                                          contexts.SetStaple(certificate, std::move(file));
                                        }};
  for (std::size_t i = 0; i < start.listeners.size(); ++i) {
    const handshaker::Listener& listener = start.listeners[i];
    for (const handshaker::Socket& socket : listener.sockets) {
      plan.listeners.push_back({.site = {.name = ledger::ListenerName(listener.name),
                                         .socket_id = socket.id,
                                         .context = &contexts.of(i),
                                         .timeout = listener.tls.handshake_timeout},
                                .socket = Descriptor(socket.descriptor),
                                .listener = i});
    }
  }
  return plan;
}

int CheckOnly(const handshaker::Start& start) {
  const handshaker::Contexts contexts(start, nullptr);
  if (!contexts.problems().empty()) return Refuse(start, contexts);
  contexts.Warn();
  handshaker::WarnOfReaders(start);
  channels::SendMessagePatiently(start.control, {channels::MessageKind::ready});
  return 0;
}

int Serve(handshaker::Start& start) {
  const handshaker::Copies copies(start);
  const SharedFile<shared::HandshakerBoard> board(start.board);
  const SharedFile<shared::KeyRing> ring(start.tickets);
  board->pending.Set(0);
  handshaker::Contexts contexts(start, &*ring);
  if (!contexts.problems().empty()) return Refuse(start, contexts);
  if (start.number == 0) {
    contexts.Warn();
    handshaker::WarnOfReaders(start);
  }
  copies.Tell(start.control);
  contexts.Tell(*board);
  handshaker::Handshaker(PlanOf(start, contexts, *board)).Run();
  return 0;
}

int Run(int document) {
  try {
    handshaker::Start start = handshaker::Read(document);
    log::Configure(start.log.level, start.log.format);
    children::AfterFork({start.Descriptors(), "tined handshake"}, start.identity);
    Withdraw();
    return start.is_check ? CheckOnly(start) : Serve(start);
  } catch (const std::exception& error) {
    log::Error("a handshaker cannot go on", {{"pid", ::getpid()}, {"reason", error.what()}});
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::optional<int> document = argc == 2 ? ParseNumber<int>(argv[1]) : std::nullopt;
  if (!document) {
    (void)std::fputs("tined-handshaker is started by tined, for listeners with `tls`\n", stderr);
    return 2;
  }
  return Run(*document);
}

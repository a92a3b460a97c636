#include "worker/ending.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "channels/control_pair.hpp"

namespace tined::worker {
namespace {

/// How long those wait at the least that nobody has had room for.
constexpr Duration kSomeTime = std::chrono::seconds(1);

/// The end of drain_timeout, in which connections are closed politely.
Duration LastPartOf(Duration drain_timeout) { return std::min(drain_timeout / 10, Duration(1000)); }

}  // namespace

void Ending::Begin() noexcept {
  around_.taker.Pause();
  if (is_draining_) return;
  is_draining_ = true;
  around_.standing.Leave();
  if (!timeout_.is_armed()) ArmTimeout();
}

/// A little before the supervisor loses its patience, so that idle connections end politely.
void Ending::ArmTimeout() noexcept {
  const Duration patience = around_.start.config->drain_timeout;
  around_.loop.Arm(timeout_, around_.loop.now() + patience - LastPartOf(patience));
}

/// Where another supervisor is expected, this worker goes on as before until then: the connections
/// in the backlog have nobody else.
bool Ending::WaitForSuccessor() noexcept {
  if (is_draining_ || around_.start.successor < 0 ||
      !around_.loop.Add(around_.start.successor, EPOLLIN, on_successor_, successor_watch_)) {
    return false;
  }
  log::Error(
      "the supervisor is gone: serving on until the next one's workers do",
      {{"worker", around_.start.slot}, {"within_ms", around_.start.config->drain_timeout.count()}});
  ArmTimeout();
  return true;
}

void Ending::OnSuccessor() noexcept {
  around_.loop.Remove(around_.start.successor, successor_watch_);
  log::Info("other workers serve in place of this one, which hands its connections over",
            {{"worker", around_.start.slot}, {"connections", around_.connections.count()}});
  Drain(~channels::ListenerSet{0});
}

void Ending::OnSupervisorGone() noexcept {
  is_orphan_ = true;
  if (WaitForSuccessor()) return;
  log::Error("the supervisor is gone: no new connections, those that are here end in time",
             {{"worker", around_.start.slot},
              {"gen", around_.start.generation},
              {"pid", ::getpid()},
              {"connections", around_.connections.count()},
              {"within_ms", around_.start.config->drain_timeout.count()}});
  Begin();
  // The worker may have been draining, and past its time-out.
  if (!timeout_.is_armed()) ArmTimeout();
  for (const auto& acceptor : around_.acceptors) acceptor->AcceptTheLast();
  if (around_.connections.count() == 0) around_.loop.Stop();
}

void Ending::Drain(channels::ListenerSet live) noexcept {
  Begin();
  for (std::size_t i = 0; i < around_.acceptors.size(); ++i) {
    if ((live >> i & 1) != 0 && around_.giver.has_channel()) {
      around_.acceptors[i]->Pause();
      around_.routes[i]->Leave();
    } else {
      around_.acceptors[i]->AcceptTheLast();
      around_.routes[i]->End();
    }
  }
  (void)channels::SendMessage(around_.start.control, {channels::MessageKind::left});
  around_.giver.GiveAll();
  if (around_.connections.count() == 0) around_.loop.Stop();
}

void Ending::Stop() noexcept {
  is_stopping_ = true;
  Begin();
  for (const auto& routes : around_.routes) routes->End();
  for (const auto& acceptor : around_.acceptors) acceptor->AcceptTheLast();
  around_.connections.FinishAll();
  if (around_.connections.count() == 0) around_.loop.Stop();
}

void Ending::OnSettled() noexcept {
  if (is_draining_) around_.loop.Arm(settle_, around_.loop.now());
}

void Ending::Settle() noexcept {
  if (is_stopping_) {
    around_.connections.FinishAll();
  } else {
    around_.giver.GiveAll();
  }
}

/// The last part of the time without a supervisor: each connection has one more answer.
void Ending::EndAlone() noexcept {
  Begin();
  for (const auto& acceptor : around_.acceptors) acceptor->Pause();
  for (const auto& routes : around_.routes) routes->End();
  around_.loop.Arm(timeout_, around_.loop.now() + LastPartOf(around_.start.config->drain_timeout));
  if (around_.connections.count() == 0) around_.loop.Stop();
}

void Ending::OnTimeout() noexcept {
  if (is_orphan_ && !std::exchange(is_time_over_, true)) return EndAlone();
  // Time is not what these need: they have it until somebody has room for them.
  if (!is_orphan_ && !is_stopping_ && around_.giver.is_waiting()) {
    const Duration more = std::max<Duration>(around_.start.config->drain_timeout, kSomeTime);
    return around_.loop.Arm(timeout_, around_.loop.now() + more);
  }
  around_.connections.FinishAll();
  // Without a supervisor there is nobody else to end this worker.
  if (is_orphan_ || around_.connections.count() == 0) around_.loop.Stop();
}

void Ending::OnRelease() noexcept {
  if (is_draining_ && around_.connections.count() == 0) around_.loop.Stop();
}

}  // namespace tined::worker

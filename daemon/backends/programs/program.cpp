#include "backends/programs/program.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/log.hpp"

namespace tined::backends {
namespace {

using Outcome = answer::BodySource::Outcome;
using Piece = answer::BodySource::Piece;

/// A program has this long from the end of its output to its own: as long as the kernel takes to
/// end a process. By that, one that crashed is told from one that has said everything.
constexpr Duration kExitPatience = std::chrono::seconds(1);
/// A program has this long from SIGTERM to SIGKILL: git, for one, removes its lock files meanwhile.
constexpr Duration kDeathPatience = std::chrono::seconds(2);
/// A reader that comes back later than this has a slow client.
constexpr Duration kLag = std::chrono::milliseconds(20);
/// Bytes that are read for nobody.
constexpr std::size_t kMostDiscarded = std::size_t{16} << 20;
/// Reads of the standard error of a program that has ended: more than its pipe holds.
constexpr int kLastReads = 8;

ssize_t ReadFrom(int fd, std::span<char> room) noexcept {
  ssize_t got = 0;
  do {
    got = ::read(fd, room.data(), room.size());
  } while (got < 0 && errno == EINTR);
  return got;
}

bool HasWriters(int fd) noexcept {
  pollfd poll{.fd = fd, .events = 0, .revents = 0};
  return ::poll(&poll, 1, 0) != 1 || (poll.revents & POLLHUP) == 0;
}

}  // namespace

Program::Program(loop::Loop& loop, Facts facts, const Spooling& spooling, children::Spawned spawned,
                 Pipes pipes, std::function<void(Program&)> on_gone)
    : loop_(loop),
      facts_(std::move(facts)),
      spawned_(std::move(spawned)),
      pipes_(std::move(pipes)),
      spool_(spooling.most, spooling.space),
      on_gone_(std::move(on_gone)),
      // The reader of its output may give up the last share of it in each of these.
      patience_([this] {
        const auto self = shared_from_this();
        OnImpatience();
      }),
      on_output_event_([this](std::uint32_t events) {
        const auto self = shared_from_this();
        OnOutputEvent(events);
      }),
      on_errors_([this](std::uint32_t) { OnErrors(); }),
      on_exit_([this](std::uint32_t) {
        const auto self = shared_from_this();
        OnExit();
      }) {
  Await(Awaited::output, facts_.timeout);
}

Program::~Program() {
  CloseOutput();
  loop_.Remove(pipes_.errors.get(), errors_watch_);
  loop_.Remove(spawned_.process.get(), exit_watch_);
}

bool Program::Watch() noexcept {
  // Edge-triggered: what it writes while its reader's client is slow is left in the pipe.
  return loop_.Add(pipes_.output.get(), EPOLLIN | EPOLLET, on_output_event_, output_watch_) &&
         loop_.Add(pipes_.errors.get(), EPOLLIN, on_errors_, errors_watch_) &&
         loop_.Add(spawned_.process.get(), EPOLLIN, on_exit_, exit_watch_);
}

Piece Program::Read(std::span<char> room) noexcept {
  is_awaited_ = false;
  if (is_ending_) return {Outcome::failed, 0};
  if (!spool_.empty()) {
    const std::size_t size = spool_.Read(room);
    // The pipe may hold bytes that had no room in the spool, and no event will tell of them again.
    if (pipes_.output) loop_.Arm(lag_, loop_.now() + kLag);
    return {size > 0 ? Outcome::bytes : Outcome::failed, size};
  }
  if (pipes_.output) {
    if (const std::optional<Piece> piece = ReadPipe(room)) return *piece;
  }
  is_awaited_ = !death_ && !is_output_over_;
  if (death_) return {death_->is_signal ? Outcome::failed : Outcome::end, 0};
  if (is_output_over_) return {Outcome::end, 0};
  Await(Awaited::exit_after_output, kExitPatience);
  return {Outcome::later, 0};
}

/// The next piece of the output; nullopt: the program has closed it, and nothing is left.
std::optional<Piece> Program::ReadPipe(std::span<char> room) noexcept {
  const ssize_t got = ReadFrom(pipes_.output.get(), room);
  if (got > 0) {
    // From here on it is the answer's reader who takes his time.
    loop::Loop::Disarm(patience_);
    loop_.Arm(lag_, loop_.now() + kLag);
    return Piece{Outcome::bytes, static_cast<std::size_t>(got)};
  }
  is_awaited_ = true;
  if (got < 0 && errno == EAGAIN) {
    Await(Awaited::output, facts_.timeout);
    return Piece{Outcome::later, 0};
  }
  CloseOutput();
  Settle();
  return std::nullopt;
}

/// The reader has not come back, so its client is slow: the output goes into the spool, and the
/// program need not wait for that client.
void Program::Keep() noexcept {
  if (!pipes_.output || is_awaited_ || is_left_ || is_ending_) return;
  const auto self = shared_from_this();
  switch (spool_.TakeFrom(pipes_.output.get())) {
    case Spool::Outcome::bytes:
      return loop_.Arm(lag_, loop_.now());
    case Spool::Outcome::later:
      return Await(Awaited::output, facts_.timeout);
    case Spool::Outcome::full:
      return;
    case Spool::Outcome::end:
      CloseOutput();
      Settle();
      if (!death_) Await(Awaited::exit_after_output, kExitPatience);
  }
}

void Program::Leave() noexcept {
  is_left_ = true;
  spool_.Clear();
  on_output_ = {};
  Discard();
  Settle();
  if (!is_gone_ && !is_ending_) Await(Awaited::late_exit, facts_.timeout);
}

void Program::End() noexcept {
  if (std::exchange(is_ending_, true)) return;
  on_output_ = {};
  CloseOutput();
  Settle();
  if (is_gone_) return;
  Signal(SIGTERM);
  Await(Awaited::death, kDeathPatience);
}

void Program::Kill() noexcept {
  is_ending_ = true;
  on_output_ = {};
  CloseOutput();
  if (is_gone_) return;
  Signal(SIGKILL);
  if (!death_) Look(0);
  Settle();
}

/// The program's number, and its group's, stay its own until it has been waited for.
void Program::Signal(int signal) const noexcept {
  if (!is_lost_) ::kill(-spawned_.pid, signal);
}

/// How it ended, without waiting for it in the sense that its number becomes free.
void Program::Look(int options) noexcept {
  siginfo_t info{};
  const auto process = static_cast<id_t>(spawned_.process.get());
  // A module that waits for any child has taken it away: nothing is known of its end.
  is_lost_ = ::waitid(P_PIDFD, process, &info, WEXITED | WNOWAIT | __WALL | options) != 0;
  death_ = is_lost_ ? children::Death() : children::DeathOf(info);
}

void Program::OnOutputEvent(std::uint32_t events) noexcept {
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) has_writers_ = false;
  if (is_left_ && !is_ending_) Discard();
  // There is something to read: whoever is to read it may wait for a slow client.
  if (awaited_ == Awaited::output && !is_ending_) loop::Loop::Disarm(patience_);
  if (!is_awaited_) loop_.Arm(lag_, loop_.now() + (spool_.empty() ? kLag : Duration::zero()));
  Settle();
  Notify();
}

void Program::Notify() noexcept {
  if (!std::exchange(is_awaited_, false)) return;
  if (const auto action = on_output_) action();
}

void Program::OnExit() noexcept {
  Look(WNOHANG);
  loop_.Remove(spawned_.process.get(), exit_watch_);
  if (pipes_.output && !HasWriters(pipes_.output.get())) has_writers_ = false;
  Settle();
  if (!pipes_.output) Notify();
}

void Program::CloseOutput() noexcept {
  loop_.Remove(pipes_.output.get(), output_watch_);
  pipes_.output.Reset();
  loop::Loop::Disarm(lag_);
}

/// What nobody wants. Not closed at once: a program that ignores SIGPIPE would take that for a
/// failure of its own, and say so.
void Program::Discard() noexcept {
  static std::array<char, 64U << 10> room;
  while (pipes_.output) {
    const ssize_t got = ReadFrom(pipes_.output.get(), room);
    if (got < 0 && errno == EAGAIN) return;
    if (got > 0) discarded_ += static_cast<std::size_t>(got);
    is_cut_off_ = discarded_ > kMostDiscarded;
    if (got <= 0 || is_cut_off_) CloseOutput();
  }
}

/// The program's end is its answer's, too, unless it has left the writing to others of its group.
void Program::Settle() noexcept {
  if (!death_ || is_gone_) return;
  if (is_ending_ || is_left_ || !pipes_.output || !has_writers_) Bury();
}

/// The program is waited for last of all: until then nobody else can have its number, or its
/// group's.
void Program::Bury() noexcept {
  Signal(SIGKILL);
  siginfo_t info{};
  ::waitid(P_PIDFD, static_cast<id_t>(spawned_.process.get()), &info, WEXITED | WNOHANG | __WALL);
  is_gone_ = true;
  loop::Loop::Disarm(patience_);
  loop_.Remove(spawned_.process.get(), exit_watch_);
  spawned_.process.Reset();
  for (int reads = 0; pipes_.errors && reads < kLastReads && ReadErrors(); ++reads) {
  }
  error_lines_.End(loop_.now(), [this](std::string_view line) { LogError(line); });
  loop_.Remove(pipes_.errors.get(), errors_watch_);
  pipes_.errors.Reset();
  if (const std::uint64_t dropped = error_lines_.TakeDropped(); dropped > 0) {
    log::Warning("lines of a program's standard error were left out", {{"route", facts_.route},
                                                                       {"program", facts_.file},
                                                                       {"pid", spawned_.pid},
                                                                       log::IfAny("id", facts_.id),
                                                                       {"lines", dropped}});
  }
  // A program whose output was closed under it may have died of that, or taken it for a failure.
  if (!is_ending_ && !is_cut_off_ && !death_->is_clean()) {
    log::Warning("program ended badly", {{"route", facts_.route},
                                         {"program", facts_.file},
                                         {"pid", spawned_.pid},
                                         log::IfAny("id", facts_.id),
                                         {"cause", death_->Text()}});
  }
  on_gone_(*this);
}

void Program::Await(Awaited what, Duration patience) noexcept {
  awaited_ = what;
  loop_.Arm(patience_, loop_.now() + patience);
}

void Program::OnImpatience() noexcept {
  switch (awaited_) {
    case Awaited::death:
      return Signal(SIGKILL);
    case Awaited::exit_after_output:
      is_output_over_ = true;
      Await(Awaited::late_exit, facts_.timeout);
      return Notify();
    case Awaited::output:
      if (death_ && death_->is_clean()) return LeaveOthers();
      break;
    case Awaited::late_exit:
      break;
  }
  has_timed_out_ = true;
  log::Warning(awaited_ == Awaited::output
                   ? "program is silent for too long, ending it"
                   : "program goes on after its answer for too long, ending it",
               {{"route", facts_.route},
                {"program", facts_.file},
                {"pid", spawned_.pid},
                log::IfAny("id", facts_.id),
                {"timeout_ms", facts_.timeout.count()}});
  const auto action = on_output_;
  End();
  if (action && std::exchange(is_awaited_, false)) action();
}

/// The program has said what it had to say and has ended well; others that have its output open are
/// silent, and end with its answer.
void Program::LeaveOthers() noexcept {
  log::Warning("what a program has left running holds its output open, ending it",
               {{"route", facts_.route},
                {"program", facts_.file},
                {"pid", spawned_.pid},
                log::IfAny("id", facts_.id),
                {"timeout_ms", facts_.timeout.count()}});
  CloseOutput();
  Settle();
  Notify();
}

void Program::OnErrors() noexcept {
  if (ReadErrors()) return;
  loop_.Remove(pipes_.errors.get(), errors_watch_);
  pipes_.errors.Reset();
}

/// Reads what there is. False: nothing more will come.
bool Program::ReadErrors() noexcept {
  static std::array<char, 16U << 10> room;
  const ssize_t got = ReadFrom(pipes_.errors.get(), room);
  if (got <= 0) return got < 0 && errno == EAGAIN;
  error_lines_.Feed({room.data(), static_cast<std::size_t>(got)}, loop_.now(),
                    [this](std::string_view line) { LogError(line); });
  return true;
}

void Program::LogError(std::string_view line) const {
  log::Warning("program says", {{"route", facts_.route},
                                {"program", facts_.file},
                                {"pid", spawned_.pid},
                                log::IfAny("id", facts_.id),
                                {"line", line}});
}

}  // namespace tined::backends

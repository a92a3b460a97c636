#include "worker/farewell.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "transport/socket.hpp"

namespace tined::worker {
namespace {

/// How long a client that has its answer may be silent before it is taken for done.
constexpr Duration kSilence = std::chrono::seconds(5);
/// How long it may go on sending when the worker is ending.
constexpr Duration kLastLinger = std::chrono::seconds(5);
/// Bytes that are read and dropped at the most.
constexpr std::uint64_t kMostDropped = std::uint64_t{256} << 20;

}  // namespace

Farewell::Farewell(int socket, TimePoint now, const Limits& limits) noexcept
    : socket_(socket),
      limits_(limits),
      deadline_(now + std::min(kSilence, limits.most)),
      ends_(now + (limits.is_ending ? std::min(kLastLinger, limits.most) : limits.most)) {
  ::shutdown(socket_, SHUT_WR);
  unsent_ = transport::BytesOnTheirWay(socket_);
  patience_.Begin(now, 0);
}

Farewell::Outcome Farewell::OnReadable() noexcept {
  static std::array<char, 64U << 10> nowhere;
  const ssize_t got = ::recv(socket_, nowhere.data(), nowhere.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Outcome::waits;
  // The client's end has arrived: nothing more comes that a closed socket would have to answer.
  if (got <= 0) return Outcome::over;
  is_heard_ = true;
  dropped_ += static_cast<std::uint64_t>(got);
  if (dropped_ < kMostDropped) return Outcome::waits;
  return transport::BytesOnTheirWay(socket_) > 0 ? Outcome::pauses : Outcome::over;
}

Farewell::Outcome Farewell::OnDeadline(TimePoint now) noexcept {
  deadline_ = now + std::min(kSilence, limits_.most);
  if (const std::uint64_t left = transport::BytesOnTheirWay(socket_); left > 0) {
    patience_.Note(now, unsent_ - std::min(left, unsent_));
    return patience_.IsOver(now, limits_.taking) ? Outcome::deaf : Outcome::waits;
  }
  const bool goes_on = is_heard_ && now < ends_ && dropped_ < kMostDropped;
  is_heard_ = false;
  return goes_on ? Outcome::waits : Outcome::over;
}

}  // namespace tined::worker

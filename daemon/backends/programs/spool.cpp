#include "backends/programs/spool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/error.hpp"
#include "base/log.hpp"

namespace tined::backends {
namespace {

/// At most so much is moved in one turn of the loop, which serves others.
constexpr std::uint64_t kMostAtOnce = 256U << 10;
constexpr Duration kTellAgain = std::chrono::minutes(1);

const char* Directory() noexcept {
  const char* const chosen = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe)
  return chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
}

}  // namespace

bool Spool::Open() noexcept {
  if (file_) return true;
  file_.Reset(::open(Directory(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600));
  if (!file_) Tell("open");
  return static_cast<bool>(file_);
}

Spool::Outcome Spool::TakeFrom(int pipe) noexcept {
  const std::uint64_t room = std::min({most_ - size_, space_->left, kMostAtOnce});
  if (room == 0 || is_broken_ || !Open()) return Outcome::full;
  auto at = static_cast<off_t>(size_);
  ssize_t got = 0;
  do {
    got = ::splice(pipe, nullptr, file_.get(), &at, room, SPLICE_F_NONBLOCK);
  } while (got < 0 && errno == EINTR);
  if (got == 0) return Outcome::end;
  if (got < 0 && errno == EAGAIN) return Outcome::later;
  if (got < 0) {
    Tell("write");
    return Outcome::full;
  }
  size_ += static_cast<std::uint64_t>(got);
  space_->left -= static_cast<std::uint64_t>(got);
  return Outcome::bytes;
}

std::size_t Spool::Read(std::span<char> room) noexcept {
  const std::size_t size = std::min<std::uint64_t>(room.size(), size_ - read_);
  ssize_t got = 0;
  do {
    got = ::pread(file_.get(), room.data(), size, static_cast<off_t>(read_));
  } while (got < 0 && errno == EINTR);
  if (got <= 0) {
    Tell("read");
    return 0;
  }
  read_ += static_cast<std::uint64_t>(got);
  if (empty()) Clear();
  return static_cast<std::size_t>(got);
}

void Spool::Clear() noexcept {
  space_->left += std::exchange(size_, 0);
  read_ = 0;
  file_.Reset();
}

void Spool::Tell(const char* what) noexcept {
  const int error = errno;
  is_broken_ = true;
  const TimePoint now = Clock::now();
  if (now - space_->told_broken < kTellAgain) return;
  space_->told_broken = now;
  log::Warning("a program's answer cannot be kept for its slow client: the program waits",
               {{"directory", Directory()}, {"step", what}, {"error", ErrnoText(error)}});
}

}  // namespace tined::backends

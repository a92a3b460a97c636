#include "backends/files/ring.hpp"

#include <cerrno>
#include <system_error>

namespace tined::backends {

Ring::Ring(loop::Loop& loop) : loop_(loop) {
  const int error = ::io_uring_queue_init(kMost, &ring_, 0);
  if (error != 0) throw std::system_error(-error, std::generic_category(), "io_uring_setup");
  if (!loop_.Add(ring_.ring_fd, EPOLLIN, *this, watch_)) {
    const int reason = errno;
    ::io_uring_queue_exit(&ring_);
    throw std::system_error(reason, std::generic_category(), "watch an io_uring");
  }
}

Ring::~Ring() {
  loop_.Remove(ring_.ring_fd, watch_);
  ::io_uring_queue_exit(&ring_);
}

bool Ring::Read(int fd, std::span<char> to, std::uint64_t offset, Reader& reader) noexcept {
  io_uring_sqe* const entry = ::io_uring_get_sqe(&ring_);
  if (entry == nullptr) return false;
  ::io_uring_prep_read(entry, fd, to.data(), static_cast<unsigned>(to.size()), offset);
  ::io_uring_sqe_set_data(entry, &reader);
  int submitted = 0;
  do {
    submitted = ::io_uring_submit(&ring_);
  } while (submitted == -EINTR);
  if (submitted > 0) {
    ++under_way_;
    return true;
  }
  // The entry stays in the queue and goes with the next one: as something that nobody waits for.
  ::io_uring_prep_nop(entry);
  ::io_uring_sqe_set_data(entry, nullptr);
  return false;
}

bool Ring::TakeResult(const Reader& reader, int& result) noexcept {
  io_uring_cqe* completion = nullptr;
  if (::io_uring_peek_cqe(&ring_, &completion) != 0) return false;
  if (::io_uring_cqe_get_data(completion) != &reader) return false;
  result = completion->res;
  ::io_uring_cqe_seen(&ring_, completion);
  --under_way_;
  return true;
}

void Ring::Tell(io_uring_cqe& completion) noexcept {
  auto* const reader = static_cast<Reader*>(::io_uring_cqe_get_data(&completion));
  const int result = completion.res;
  ::io_uring_cqe_seen(&ring_, &completion);
  if (reader == nullptr) return;
  --under_way_;
  reader->OnRead(result);
}

/// No more than there are now: those who are told read on at once, and others wait for the loop.
void Ring::OnReady(std::uint32_t) noexcept {
  io_uring_cqe* completion = nullptr;
  for (unsigned left = ::io_uring_cq_ready(&ring_); left > 0; --left) {
    if (::io_uring_peek_cqe(&ring_, &completion) != 0) return;
    Tell(*completion);
  }
}

bool Ring::Quiesce(Duration patience) noexcept {
  const TimePoint deadline = Clock::now() + patience;
  while (under_way_ > 0) {
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(deadline - Clock::now());
    if (left.count() <= 0) return false;
    __kernel_timespec time{.tv_sec = left.count() / 1'000'000'000,
                           .tv_nsec = left.count() % 1'000'000'000};
    io_uring_cqe* completion = nullptr;
    const int error = ::io_uring_wait_cqe_timeout(&ring_, &completion, &time);
    if (error == 0) {
      Tell(*completion);
    } else if (error != -EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace tined::backends

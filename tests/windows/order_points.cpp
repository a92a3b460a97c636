// Ends this process at the point that the test has chosen (order_points.hpp). Points are
// Record::KeepOrder and its kin, and both sides of every system call that moves bytes or
// connections: the linker puts these in the calls' place (-Wl,--wrap).
#include "tests/windows/order_points.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/order_point.hpp"

namespace tined {
namespace {

test::OrderPoints* Page() noexcept {
  static test::OrderPoints* const page = []() -> test::OrderPoints* {
    const char* const name = std::getenv(test::kOrderPointsVariable);
    const int file = name == nullptr ? -1 : ::open(name, O_RDWR | O_CLOEXEC);
    if (file < 0) return nullptr;
    void* const memory =
        ::mmap(nullptr, sizeof(test::OrderPoints), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    return memory == MAP_FAILED ? nullptr : static_cast<test::OrderPoints*>(memory);
  }();
  return page;
}

/// Whether this process is of the kind that counts.
bool IsCounted(const test::OrderPoints& page) noexcept {
  static pid_t known = 0;
  static bool is_counted = false;
  if (known == ::getpid()) return is_counted;
  char name[16] = {};
  const int file = ::open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const long size = ::syscall(SYS_read, file, name, sizeof name);
  ::close(file);
  const std::size_t length = ::strnlen(page.name.data(), page.name.size());
  is_counted = size > 0 && length > 0 && std::memcmp(name, page.name.data(), length) == 0;
  // A child has its parent's name until it is given its own.
  if (is_counted) known = ::getpid();
  return is_counted;
}

}  // namespace

void OrderPoint() noexcept {
  test::OrderPoints* const page = Page();
  if (page == nullptr) return;
  const int saved = errno;
  if (IsCounted(*page)) {
    page->passed.fetch_add(1, std::memory_order_relaxed);
    if (page->left.load() > 0 && page->left.fetch_sub(1) == 1) {
      page->left.store(page->next.exchange(0));
      page->deaths.fetch_add(1);
      ::kill(::getpid(), SIGKILL);
      for (;;) ::pause();
    }
  }
  errno = saved;
}

}  // namespace tined

namespace {

/// A call with a point before and behind it.
template <typename Call>
auto Between(Call call) noexcept {
  tined::OrderPoint();
  const auto result = call();
  tined::OrderPoint();
  return result;
}

}  // namespace

// NOLINTBEGIN: the linker makes these names.
#define TINED_WRAP(result, name, parameters, arguments)      \
  extern "C" result __real_##name parameters;                \
  extern "C" result __wrap_##name parameters;                \
  result __wrap_##name parameters {                          \
    return Between([&] { return __real_##name arguments; }); \
  }

TINED_WRAP(int, accept4, (int fd, sockaddr* address, socklen_t* size, int flags),
           (fd, address, size, flags))
TINED_WRAP(ssize_t, recv, (int fd, void* to, size_t size, int flags), (fd, to, size, flags))
TINED_WRAP(ssize_t, recvmsg, (int fd, msghdr* message, int flags), (fd, message, flags))
TINED_WRAP(ssize_t, send, (int fd, const void* from, size_t size, int flags),
           (fd, from, size, flags))
TINED_WRAP(ssize_t, sendmsg, (int fd, const msghdr* message, int flags), (fd, message, flags))
TINED_WRAP(ssize_t, sendfile, (int to, int from, off_t* offset, size_t size),
           (to, from, offset, size))
TINED_WRAP(ssize_t, read, (int fd, void* to, size_t size), (fd, to, size))
TINED_WRAP(ssize_t, write, (int fd, const void* from, size_t size), (fd, from, size))
TINED_WRAP(int, eventfd_read, (int fd, eventfd_t* value), (fd, value))
TINED_WRAP(int, eventfd_write, (int fd, eventfd_t value), (fd, value))
TINED_WRAP(int, shutdown, (int fd, int how), (fd, how))
// NOLINTEND

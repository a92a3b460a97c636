#include "supervisor/systemd/service_manager.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/log.hpp"
#include "base/number.hpp"
#include "base/passing.hpp"

namespace tined::supervisor::service_manager {
namespace {

std::string_view Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

/// The variable names the process that is meant, children of which inherit it.
bool IsMeant(const char* variable) { return ParseNumber<pid_t>(Variable(variable)) == ::getpid(); }

/// $NOTIFY_SOCKET: a path, or `@` and an abstract name.
std::optional<std::pair<sockaddr_un, socklen_t>> NotifyAddress() {
  const std::string_view name = Variable("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() < 2 || name.size() >= sizeof address.sun_path) return std::nullopt;
  if (name[0] != '/' && name[0] != '@') return std::nullopt;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = 0;
  return std::pair(address, static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size()));
}

struct Notification {
  std::string state;
  Descriptor descriptor;  ///< goes along; most have none
};

constexpr std::string_view kAlive = "WATCHDOG=1";
/// A reload stores some dozens of descriptors in one go. A service manager that has stopped reading
/// for longer is told nothing: its own time-outs notice.
constexpr std::size_t kMostUnsent = 512;

/// Those that the service manager had no room for, in order.
std::deque<Notification> unsent;
std::function<void()> on_unsent;

/// Sends as sd_pid_notify_with_fds(3) does, which waits for room: the socket is all services', and
/// a service manager that reads nothing must not hold up this one. False when there is no room at
/// this moment. Any other failure means that nobody is there.
bool Send(const std::string& state, std::span<const int> descriptors) {
  auto address = NotifyAddress();
  if (!address) return true;
  const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  iovec text{const_cast<char*>(state.data()), state.size()};
  msghdr message{};
  message.msg_name = &address->first;
  message.msg_namelen = address->second;
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  PassedAlong<1> passed;
  passed.Attach(message, descriptors);
  if (::sendmsg(socket.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return true;
  return errno != EAGAIN && errno != ENOBUFS && errno != ETOOMANYREFS;
}

/// Never waits: what is not taken now is sent later, by SendUnsent.
void Notify(const std::string& state, std::span<const int> descriptors = {}) {
  if (unsent.empty() && Send(state, descriptors)) return;
  // A sign of life that comes late is none.
  if (state == kAlive || unsent.size() == kMostUnsent) return;
  if (unsent.empty()) {
    log::Warning("the service manager does not take a notification: it will be told later",
                 {{"variable", "NOTIFY_SOCKET"}});
  }
  const int copy = descriptors.empty() ? -1 : ::fcntl(descriptors.front(), F_DUPFD_CLOEXEC, 0);
  if (!descriptors.empty() && copy < 0) return;
  unsent.push_back({state, Descriptor(copy)});
  if (on_unsent) on_unsent();
}

[[noreturn]] void Refuse(const std::string& count, const std::string& names) {
  throw std::system_error(EINVAL, std::generic_category(),
                          fmt::format("sockets passed by systemd: $LISTEN_FDS `{}` is no number "
                                      "of descriptors, or $LISTEN_FDNAMES `{}` has not as many",
                                      count, names));
}

std::int64_t Microseconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

/// A status is one line: what followed would be taken for more assignments.
std::string Status(const std::string& text) { return "STATUS=" + text.substr(0, text.find('\n')); }

}  // namespace

PassedDescriptors TakePassedDescriptors() {
  const bool is_meant = IsMeant("LISTEN_PID");
  const std::string count(Variable("LISTEN_FDS"));
  const std::string names(Variable("LISTEN_FDNAMES"));
  constexpr int kForget = 1;  // The environment is the next image's, and of programs.
  char** of_passed = nullptr;
  const int number = ::sd_listen_fds_with_names(kForget, &of_passed);
  PassedDescriptors passed;
  for (int i = 0; i < number; ++i) {
    passed.emplace(of_passed[i], Descriptor(SD_LISTEN_FDS_START + i));
    std::free(of_passed[i]);
  }
  std::free(of_passed);
  // The library takes a number of 0 for nonsense, too, and a process's number that is none.
  if (number < 0 && is_meant && count != "0") Refuse(count, names);
  return passed;
}

void NotifyReady(const std::string& status) { Notify("READY=1\n" + Status(status)); }

void NotifyReloading() {
  Notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=reloading",
                     Microseconds(Clock::now().time_since_epoch())));
}

void NotifyStopping(const std::string& status, Duration patience) {
  Notify(fmt::format("STOPPING=1\nEXTEND_TIMEOUT_USEC={}\n{}", Microseconds(patience),
                     Status(status)));
}

void NotifyFailed(int error, const std::string& status) {
  Notify((error == 0 ? "" : fmt::format("ERRNO={}\n", error)) + Status(status));
}

void NotifyStatus(const std::string& status) { Notify(Status(status)); }

void StoreDescriptor(const std::string& name, int descriptor) {
  // FDPOLL: a socket's peer may hang up without making it useless.
  const std::string state = "FDSTORE=1\nFDPOLL=0\nFDNAME=" + name;
  Notify(state, {&descriptor, 1});
}

void ForgetDescriptor(const std::string& name) { Notify("FDSTOREREMOVE=1\nFDNAME=" + name); }

Duration WatchdogPatience() {
  std::uint64_t microseconds = 0;
  constexpr int kKeep = 0;  // The next image asks again.
  if (::sd_watchdog_enabled(kKeep, &microseconds) <= 0) return Duration(0);
  return std::chrono::duration_cast<Duration>(std::chrono::microseconds(
      static_cast<std::int64_t>(std::min<std::uint64_t>(microseconds, INT64_MAX))));
}

void NotifyAlive() { Notify(std::string(kAlive)); }

void OnUnsent(std::function<void()> callback) { on_unsent = std::move(callback); }

bool SendUnsent() {
  while (!unsent.empty()) {
    const int descriptor = unsent.front().descriptor.get();
    const std::span<const int> along(&descriptor, descriptor < 0 ? 0 : 1);
    if (!Send(unsent.front().state, along)) return false;
    unsent.pop_front();
  }
  return true;
}

}  // namespace tined::supervisor::service_manager

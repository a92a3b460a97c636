#include "base/journal.hpp"

#include <endian.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>

#include "base/descriptor.hpp"

namespace tined::journal {
namespace {

constexpr sockaddr_un kAddress{.sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket"};

}  // namespace

void AppendField(std::string& entry, std::string_view name, std::string_view value) {
  entry.append(name);
  if (value.find('\n') == value.npos) {
    entry.push_back('=');
  } else {
    const std::uint64_t size = htole64(value.size());
    entry.push_back('\n');
    entry.append(reinterpret_cast<const char*>(&size), sizeof size);
  }
  entry.append(value).push_back('\n');
}

bool Send(std::string_view entry) noexcept {
  const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return ::sendto(socket.get(), entry.data(), entry.size(), MSG_NOSIGNAL,
                  reinterpret_cast<const sockaddr*>(&kAddress),
                  sizeof kAddress) == static_cast<ssize_t>(entry.size());
}

}  // namespace tined::journal

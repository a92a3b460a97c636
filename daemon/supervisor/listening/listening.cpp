#include "supervisor/listening/listening.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/socket_address.hpp"
#include "channels/control_pair.hpp"

namespace tined::supervisor {
namespace {

constexpr std::uint32_t kDefaultMode = 0660;

/// A system_error whose text goes on after the system's word.
class ListenError : public std::system_error {
 public:
  ListenError(std::error_code code, const std::string& what, std::string_view advice)
      : std::system_error(code, what), text_(fmt::format("{}{}", system_error::what(), advice)) {}
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

/// What to do about it, where that can be told.
std::string_view AdviceOn(const std::error_code& error, const config::Address& address) {
  const bool is_refused =
      error == std::errc::permission_denied || error == std::errc::operation_not_permitted;
  const bool is_low = address.kind == config::Address::Kind::tcp && address.port > 0 &&
                      address.port < IPPORT_RESERVED;
  if (!is_refused || !is_low) return {};
  return "; a port below 1024 needs the capability CAP_NET_BIND_SERVICE (the drop-in "
         "low-ports.conf gives it to the systemd service) or a socket that systemd binds "
         "(tined.socket, and `address: systemd:NAME`): see tined(8)";
}

void SetOption(int socket, int level, int option, const char* what) {
  const int on = 1;
  Check(::setsockopt(socket, level, option, &on, sizeof on), what);
}

Descriptor ListenOnIp(const config::Listener& listener) {
  const SocketAddress address = SocketAddress::OfIp(listener.address.host, listener.address.port);
  const int family = address.storage.ss_family;
  Descriptor socket(
      Check(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
  SetOption(socket.get(), SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR");
  // Connections inherit it from here: no call for each of them.
  SetOption(socket.get(), IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY");
  // So that [::]:80 and 0.0.0.0:80 are two listeners, whatever the system's default.
  if (family == AF_INET6) SetOption(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY");
  Check(::bind(socket.get(), address.get(), address.size), "bind");
  Check(::listen(socket.get(), listener.backlog), "listen");
  return socket;
}

/// A port of the kernel's choice belongs to its listener; any other address is itself.
std::string KeyOf(const config::Listener& listener) {
  const bool is_any_port =
      listener.address.kind == config::Address::Kind::tcp && listener.address.port == 0;
  return is_any_port ? listener.address.text + " " + listener.name : listener.address.text;
}

std::shared_ptr<const ListeningSocket> Open(const config::Listener& listener,
                                            const Binding& binding) {
  if (listener.address.kind == config::Address::Kind::unix_path) {
    const UnixListener::Terms terms = {listener.mode.value_or(kDefaultMode), listener.backlog,
                                       binding.patience};
    return std::make_shared<ListeningSocket>(
        KeyOf(listener),
        std::make_unique<UnixListener>(listener.address.name, terms, binding.owner));
  }
  return std::make_shared<ListeningSocket>(KeyOf(listener), ListenOnIp(listener));
}

void AppendPassed(const config::Listener& listener, const PassedSockets& passed,
                  OpenSockets& opened) {
  const auto [first, last] = passed.equal_range(listener.address.name);
  if (first == last) {
    throw std::runtime_error(
        "systemd has passed no socket of that name (FileDescriptorName= in the .socket unit)");
  }
  for (auto each = first; each != last; ++each)
    opened.push_back({&listener, each->second, config::DemandsOf(listener)});
}

std::shared_ptr<const ListeningSocket> FindKept(const OpenSockets& current,
                                                const config::Listener& listener) {
  for (const OpenSocket& open : current) {
    if (open.socket->key() == KeyOf(listener)) return open.socket;
  }
  return nullptr;
}

void Append(const config::Listener& listener, const OpenSockets& current,
            const PassedSockets& passed, const Binding& binding, OpenSockets& opened) {
  if (listener.address.kind == config::Address::Kind::systemd) {
    return AppendPassed(listener, passed, opened);
  }
  std::shared_ptr<const ListeningSocket> socket = FindKept(current, listener);
  if (socket && socket->IsInPlace()) {
    socket->RequireFollow(listener);
  } else {
    socket = Open(listener, binding);
  }
  opened.push_back({&listener, std::move(socket), config::DemandsOf(listener)});
}

}  // namespace

ListeningSocket::ListeningSocket(std::string key, Descriptor socket)
    : key_(std::move(key)), socket_(std::move(socket)) {
  SocketAddress bound;
  Check(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&bound.storage), &bound.size),
        "getsockname");
  address_ = bound.Text();
  id_ = ledger::SocketIdOf(socket_.get());
  bound_ = bound.storage;
  bound_size_ = bound.size;
}

ListeningSocket::ListeningSocket(std::string key, std::unique_ptr<UnixListener> socket)
    : key_(std::move(key)),
      unix_(std::move(socket)),
      address_(key_),
      id_(ledger::SocketIdOf(unix_->descriptor())) {}

int ListeningSocket::descriptor() const noexcept {
  return unix_ ? unix_->descriptor() : socket_.get();
}

void ListeningSocket::RequireFollow(const config::Listener& listener) const {
  if (unix_) unix_->RequireMode(listener.mode.value_or(kDefaultMode));
}

void ListeningSocket::Follow(const config::Listener& listener,
                             const children::Identity* owner) const {
  Check(::listen(descriptor(), listener.backlog), "listen");
  if (!unix_) return;
  unix_->SetMode(listener.mode.value_or(kDefaultMode));
  if (owner != nullptr && owner->is_other) unix_->SetOwner(*owner);
}

bool ListeningSocket::Mend(int backlog, bool& was_well) const noexcept {
  const int socket = descriptor();
  const int flags = ::fcntl(socket, F_GETFL);
  pollfd state{.fd = socket, .events = POLLRDHUP, .revents = 0};
  const bool is_shut = ::poll(&state, 1, 0) > 0;
  was_well = (flags & O_NONBLOCK) != 0 && !is_shut && IsListening(socket);
  if (was_well) return true;
  if (::fcntl(socket, F_SETFL, flags | O_NONBLOCK) != 0) return false;
  // A unix socket that was shut down never listens again. A TCP socket does, and has lost its port
  // if that was the kernel's choice: it is bound again, which fails where it is bound still.
  if (!IsListening(socket)) {
    (void)::bind(socket, reinterpret_cast<const sockaddr*>(&bound_), bound_size_);
    if (::listen(socket, backlog) != 0) return false;
  }
  return IsListening(socket) && ledger::SocketIdOf(socket) == id_ && ::poll(&state, 1, 0) == 0;
}

bool IsListening(int socket) noexcept {
  const auto has = [socket](int option, int value) {
    int got = 0;
    socklen_t size = sizeof got;
    return ::getsockopt(socket, SOL_SOCKET, option, &got, &size) == 0 && got == value;
  };
  return has(SO_TYPE, SOCK_STREAM) && has(SO_ACCEPTCONN, 1);
}

PassedSockets SocketsOf(service_manager::PassedDescriptors&& passed) {
  PassedSockets sockets;
  for (auto& [name, socket] : passed) {
    if (!IsListening(socket.get())) {
      throw std::system_error(
          ENOTSOCK, std::generic_category(),
          "what systemd passed as `" + name + "` is no listening stream socket");
    }
    ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) | O_NONBLOCK);
    sockets.emplace(name, std::make_shared<ListeningSocket>("systemd:" + name, std::move(socket)));
  }
  return sockets;
}

OpenSockets OpenAll(const config::Config& config, const OpenSockets& current,
                    const PassedSockets& passed, const Binding& binding) {
  OpenSockets opened;
  for (const config::Listener& listener : config.listeners) {
    try {
      Append(listener, current, passed, binding, opened);
    } catch (const std::system_error& error) {
      throw ListenError(
          error.code(),
          fmt::format("cannot listen on {} (listener `{}`)", listener.address.text, listener.name),
          AdviceOn(error.code(), listener.address));
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(fmt::format("cannot listen on {} (listener `{}`): {}",
                                           listener.address.text, listener.name, error.what()));
    }
  }
  if (opened.size() > channels::kMostListeners) {
    throw std::runtime_error(fmt::format("{} listening sockets, at most {} are possible",
                                         opened.size(), channels::kMostListeners));
  }
  return opened;
}

void FollowAll(const OpenSockets& sockets, const children::Identity* new_owner) {
  for (const OpenSocket& open : sockets) {
    try {
      open.socket->Follow(*open.listener, new_owner);
    } catch (const std::exception& error) {
      log::Warning("a listening socket is not as it is configured",
                   {{"listener", open.listener->name}, {"error", error.what()}});
    }
  }
}

}  // namespace tined::supervisor

// The listening sockets, bound before any worker is forked and kept over reloads: a listener that
// stays keeps its socket, and with it every connection that waits in the backlog. Supervisor.
#pragma once

#include <sys/socket.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/descriptor.hpp"
#include "config/model.hpp"
#include "ledger/socket_id.hpp"
#include "supervisor/listening/unix_listener.hpp"
#include "supervisor/systemd/service_manager.hpp"

namespace tined::supervisor {

/// One bound, listening, non-blocking socket. Closed with its last owner in this process.
class ListeningSocket {
 public:
  /// An IP socket, or one that systemd has passed.
  ListeningSocket(std::string key, Descriptor socket);
  ListeningSocket(std::string key, std::unique_ptr<UnixListener> socket);

  /// Sockets with equal keys are the same over reloads.
  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  [[nodiscard]] int descriptor() const noexcept;
  /// Connections belong to it by this number.
  [[nodiscard]] ledger::SocketId id() const noexcept { return id_; }
  /// The socket's name in the file system; null: it has none, or not one of ours.
  [[nodiscard]] const UnixListener* unix_listener() const noexcept { return unix_.get(); }
  /// Where it listens really: "127.0.0.1:8080", "[::1]:80", "unix:/run/x".
  [[nodiscard]] const std::string& address() const noexcept { return address_; }
  /// Its name, if it has one of ours, still leads to it.
  [[nodiscard]] bool IsInPlace() const noexcept { return !unix_ || unix_->IsInPlace(); }
  /// Throws std::runtime_error when Follow cannot do what `listener` asks for.
  void RequireFollow(const config::Listener& listener) const;
  /// Follows a changed `backlog` or `mode`, and to `owner` (null: the same as before). Throws
  /// std::system_error.
  void Follow(const config::Listener& listener, const children::Identity* owner) const;
  /// Undoes what a process that shares it may have done to it: it listens and does not block. False
  /// when it cannot (any more); `was_well`: there was nothing to do.
  [[nodiscard]] bool Mend(int backlog, bool& was_well) const noexcept;

 private:
  std::string key_;
  Descriptor socket_;
  std::unique_ptr<UnixListener> unix_;
  std::string address_;
  ledger::SocketId id_ = 0;
  sockaddr_storage bound_{};  ///< of an IP socket
  socklen_t bound_size_ = 0;
};

/// A listener of a configuration with its socket; one that systemd passed several sockets for has
/// several of these.
struct OpenSocket {
  const config::Listener* listener = nullptr;
  std::shared_ptr<const ListeningSocket> socket;
  config::Demands demands = {};  ///< the listener's
};
using OpenSockets = std::vector<OpenSocket>;

/// Whether it is a stream socket that accepts connections, of whatever family.
[[nodiscard]] bool IsListening(int socket) noexcept;

/// What systemd passed, as listening sockets. Throws std::system_error for what is none.
using PassedSockets = std::multimap<std::string, std::shared_ptr<const ListeningSocket>>;
[[nodiscard]] PassedSockets SocketsOf(service_manager::PassedDescriptors&& passed);

/// How sockets are made that have a name in the file system.
struct Binding {
  children::Identity owner;  ///< whom the workers run as
  Duration patience{};       ///< UnixListener::Terms
};

/// The sockets of all `config`'s listeners: those that `current` has are kept, the others are
/// opened, and a unix socket whose name is gone or means another file by now is bound anew. Throws
/// std::runtime_error (std::system_error where the system refused), its text naming listener and
/// address. Nothing has changed for what `current` has: FollowAll does that.
[[nodiscard]] OpenSockets OpenAll(const config::Config& config, const OpenSockets& current,
                                  const PassedSockets& passed, const Binding& binding);
/// Has the sockets follow their listeners, once these are in force; what fails is logged.
/// `new_owner`: whom the workers run as, if that has changed; else null.
void FollowAll(const OpenSockets& sockets, const children::Identity* new_owner);

}  // namespace tined::supervisor

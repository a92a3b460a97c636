// A connection to a server (server.hpp): a socket that the worker's loop watches, edge-triggered,
// so that nothing is registered anew for a request. Owned by whoever uses it, or, idle, by its
// server. Worker's loop thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/descriptor.hpp"
#include "base/socket_address.hpp"
#include "loop/loop.hpp"

namespace tined::backends {

class ServerConnection final : private loop::Watcher {
 public:
  /// Who is told that something has happened to it. May end the connection.
  class User {
   public:
    User() = default;
    User(const User&) = delete;
    User& operator=(const User&) = delete;
    virtual void OnEvent(ServerConnection& connection) noexcept = 0;

   protected:
    ~User() = default;
  };

  /// Begins to connect. Null: `error` says why (errno's value; EAGAIN: the server's queue is full).
  [[nodiscard]] static std::unique_ptr<ServerConnection> Open(loop::Loop& loop,
                                                              const SocketAddress& address,
                                                              int& error) noexcept;
  ServerConnection(loop::Loop& loop, Descriptor socket, bool is_connected) noexcept;
  ~ServerConnection() override;

  /// `user` outlives it, or another one takes its place.
  void SetUser(User& user) noexcept { user_ = &user; }

  [[nodiscard]] bool is_connected() const noexcept { return is_connected_; }
  /// What has become of connecting: 0, it is connected, or goes on; else errno's value.
  [[nodiscard]] int Connect() noexcept;

  enum class Outcome : std::uint8_t {
    bytes,   ///< `size` of them
    later,   ///< nothing yet: the user is told
    end,     ///< the server has sent its last byte
    failed,  ///< nothing more goes in this direction
  };
  struct Moved {
    Outcome outcome = Outcome::failed;
    std::size_t size = 0;
  };
  [[nodiscard]] Moved Send(std::string_view bytes) noexcept;
  /// `room` is not empty.
  [[nodiscard]] Moved Receive(std::span<char> room) noexcept;
  /// Whether nothing has come, and no end: an idle connection that can be used.
  [[nodiscard]] bool IsQuiet() const noexcept;

  /// The user's own: it goes off as OnEvent.
  void Arm(TimePoint deadline) noexcept { loop_.Arm(deadline_, deadline); }
  void Disarm() noexcept { loop::Loop::Disarm(deadline_); }
  /// Whether the deadline is what OnEvent tells of.
  [[nodiscard]] bool is_over() const noexcept { return is_over_; }

 private:
  void OnReady(std::uint32_t events) noexcept override;
  void OnDeadline() noexcept;

  loop::Loop& loop_;
  Descriptor socket_;
  loop::WatchId watch_;
  loop::Alarm deadline_{[this] { OnDeadline(); }};
  User* user_ = nullptr;
  bool is_connected_;
  bool is_over_ = false;
};

}  // namespace tined::backends

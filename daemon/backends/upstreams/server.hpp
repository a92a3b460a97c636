// A server that a worker asks: its address, the connections to it, whether it can be reached.
// Worker's loop thread; owned by its upstream (upstream.hpp).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backends/upstreams/server_connection.hpp"
#include "config/model.hpp"

namespace tined::backends {

class Server final : private ServerConnection::User {
 public:
  /// How many idle connections are kept, and for how long.
  struct Keeping {
    std::uint32_t count = 0;
    Duration time{};
  };
  /// Throws std::system_error when the address is none.
  Server(loop::Loop& loop, const config::Address& address, Keeping keeping);
  ~Server() = default;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Calls that have a connection to it.
  [[nodiscard]] std::uint32_t busy() const noexcept { return busy_; }
  /// Whether it has not just been in vain to connect to it.
  [[nodiscard]] bool IsGood() const noexcept { return loop_.now() >= avoided_until_; }

  /// An idle connection; null: there is none. One that has been closed is passed over, as is one
  /// on which something came: that would be taken for the next answer.
  [[nodiscard]] std::unique_ptr<ServerConnection> TakeIdle() noexcept;
  /// A new connection; null: `error` says why, as ServerConnection::Open.
  [[nodiscard]] std::unique_ptr<ServerConnection> Open(int& error) noexcept;
  /// Takes back a connection that can be used again.
  void Keep(std::unique_ptr<ServerConnection> connection) noexcept;
  /// Ends a connection.
  void Drop(std::unique_ptr<ServerConnection> connection) noexcept;

  /// It could be reached.
  void Praise() noexcept { failures_ = 0; }
  /// It could not: it is left out for a while that grows.
  void Blame() noexcept;

 private:
  void OnEvent(ServerConnection& connection) noexcept override;

  loop::Loop& loop_;
  const std::string name_;
  const SocketAddress address_;
  const Keeping keeping_;
  std::vector<std::unique_ptr<ServerConnection>> idle_;  ///< the one used last is at the end
  std::uint32_t busy_ = 0;
  int failures_ = 0;  ///< to reach it, since it was reached last
  TimePoint avoided_until_{};
};

}  // namespace tined::backends

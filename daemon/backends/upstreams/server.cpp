#include "backends/upstreams/server.hpp"

#include <algorithm>
#include <utility>

namespace tined::backends {
namespace {

constexpr Duration kShortestPause = std::chrono::seconds(1);
constexpr Duration kLongestPause = std::chrono::seconds(30);

SocketAddress FormOf(const config::Address& address) {
  return address.kind == config::Address::Kind::unix_path
             ? SocketAddress::OfUnix(address.name)
             : SocketAddress::OfIp(address.host, address.port);
}

}  // namespace

Server::Server(loop::Loop& loop, const config::Address& address, Keeping keeping)
    : loop_(loop), name_(address.text), address_(FormOf(address)), keeping_(keeping) {
  idle_.reserve(keeping.count);
}

std::unique_ptr<ServerConnection> Server::TakeIdle() noexcept {
  while (!idle_.empty()) {
    std::unique_ptr<ServerConnection> connection = std::move(idle_.back());
    idle_.pop_back();
    if (!connection->IsQuiet()) continue;
    connection->Disarm();
    ++busy_;
    return connection;
  }
  return nullptr;
}

std::unique_ptr<ServerConnection> Server::Open(int& error) noexcept {
  std::unique_ptr<ServerConnection> connection = ServerConnection::Open(loop_, address_, error);
  if (connection) ++busy_;
  return connection;
}

void Server::Keep(std::unique_ptr<ServerConnection> connection) noexcept {
  if (idle_.size() >= keeping_.count) return Drop(std::move(connection));
  --busy_;
  connection->SetUser(*this);
  connection->Arm(loop_.now() + keeping_.time);
  idle_.push_back(std::move(connection));
}

void Server::Drop(std::unique_ptr<ServerConnection> connection) noexcept {
  if (connection) --busy_;
}

void Server::Blame() noexcept {
  const Duration pause = std::min(kLongestPause, kShortestPause * (1 << std::min(failures_, 5)));
  ++failures_;
  avoided_until_ = loop_.now() + pause;
}

/// Whatever it is: nobody has asked anything on an idle connection, or its time is over. An edge
/// that only says that there is room to send is none of that.
void Server::OnEvent(ServerConnection& connection) noexcept {
  if (!connection.is_over() && connection.IsQuiet()) return;
  std::erase_if(idle_, [&](const auto& each) { return each.get() == &connection; });
}

}  // namespace tined::backends

// What a client sends to a handshaker before it leaves, arbitrary bytes over a real socket: however
// they come, the connection ends, nothing of it is left, no worker is given it, and what is said to
// the client is little.
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "handshaker/pending.hpp"
#include "tests/certificates.hpp"
#include "tests/fuzz/input.hpp"

namespace tined::handshaker {
namespace {

using fuzz::Require;

std::unique_ptr<handshake::Context> Listen() {
  const test::Identity pair = test::Make({.names = "DNS:a.org"});
  handshake::Settings settings;
  settings.certificates = {{.certificate = {"a.pem", pair.Certificate()},
                            .key = {"a.key", pair.PrivateKey()},
                            .ocsp = {}}};
  settings.protocols = {"http/1.1"};
  const WallTime now = WallClock::now();
  return std::make_unique<handshake::Context>(settings, handshake::MakeTicketKeys(now), now);
}

struct Ends {
  Descriptor server;
  Descriptor client;
};
Ends Connect() {
  int ends[2];
  Require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0,
          "there are sockets");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

void Check(std::uint8_t how, std::string_view bytes) {
  static const std::unique_ptr<handshake::Context> context = Listen();
  static const Site site{.name = ledger::ListenerName("web"), .context = context.get()};
  static shared::HandshakerBoard board;
  static const Ends workers = Connect();
  loop::Loop loop;
  Pending pending({.loop = loop, .board = board, .most = 4},
                  Descriptor(::dup(workers.server.get())));
  const std::uint64_t established = board.established.get();
  Ends ends = Connect();
  const int client = ends.client.get();
  pending.Open(std::move(ends.server), site, {});
  // In pieces, one a turn of the loop.
  const std::size_t step = 1U + how * std::size_t{how};
  std::string heard(1U << 16, '\0');
  std::size_t size = 0;
  loop.OnTurnEnd([&] {
    const ssize_t got = ::recv(client, heard.data(), heard.size(), 0);
    if (got > 0) size += static_cast<std::size_t>(got);
    pending.Bury();
    if (pending.count() == 0) return loop.Stop();
    const std::string_view piece = bytes.substr(0, step);
    bytes.remove_prefix(piece.size());
    if (piece.empty()) {
      ::shutdown(client, SHUT_WR);
    } else {
      (void)!::send(client, piece.data(), piece.size(), MSG_NOSIGNAL);
    }
  });
  (void)!::send(client, bytes.data(), std::min<std::size_t>(bytes.size(), 1), MSG_NOSIGNAL);
  bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 1));
  if (bytes.empty()) ::shutdown(client, SHUT_WR);
  loop.Run();
  Require(board.established.get() == established, "who has no keys gets no session");
  Require(board.pending.get() == 0, "nothing is left");
  Require(size < 16384, "little is said to a stranger");
}

}  // namespace
}  // namespace tined::handshaker

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const tined::fuzz::Alone bytes({reinterpret_cast<const char*>(data) + 1, size - 1});
  tined::handshaker::Check(data[0], bytes.view());
  return 0;
}

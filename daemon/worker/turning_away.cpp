#include "worker/turning_away.hpp"

#include <sys/socket.h>

#include <array>
#include <string_view>

namespace tined::worker {
namespace {

constexpr std::string_view kTooMany =
    "HTTP/1.1 429 Too Many Requests\r\nServer: tined\r\nRetry-After: 1\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 22\r\nConnection: close\r\n\r\n"
    "429 Too Many Requests\n";

}  // namespace

void TurnAway(Descriptor socket, const exchange::Routes& routes) noexcept {
  if (routes.stream() != nullptr || !routes.speaks_http1()) return;
  // What is left unread when the socket is closed would have the answer destroyed by a reset.
  static std::array<char, 64U << 10> nowhere;
  (void)::recv(socket.get(), nowhere.data(), nowhere.size(), MSG_DONTWAIT);
  (void)::send(socket.get(), kTooMany.data(), kTooMany.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  (void)::shutdown(socket.get(), SHUT_WR);
}

}  // namespace tined::worker

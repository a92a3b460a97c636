// Who asks, where proxies that are trusted stand between (`trusted_proxies`): each tells in a field
// of the request whom it was asked by. Made when a worker starts, then constant. Worker's loop
// thread.
#pragma once

#include <memory>
#include <string_view>

#include "config/model.hpp"
#include "http/networks.hpp"
#include "http/request.hpp"

namespace tined::exchange {

class TrustedProxies {
 public:
  /// Null: the listener trusts nobody.
  [[nodiscard]] static std::unique_ptr<TrustedProxies> Make(const config::Listener& listener);
  explicit TrustedProxies(const config::Listener& listener);

  /// Makes the client of a request, which may be of any peer, whom a trusted one names: of all that
  /// are named the last that is not trusted itself. What is malformed is not believed, and the
  /// client stays the peer. `client`: where its address is kept, for as long as the request is
  /// good.
  /// Returns whether the peer is trusted.
  bool Believe(http::Request& request, ledger::Peer& client) const noexcept;

 private:
  [[nodiscard]] bool IsOfClients(const http::Field& field) const noexcept;
  void BelieveClient(http::Request& request, ledger::Peer& client) const noexcept;

  http::Networks networks_;
  config::ForwardedBy by_;
};

}  // namespace tined::exchange

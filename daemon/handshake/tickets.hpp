// Has OpenSSL seal and open session tickets with keys of ours. It answers OpenSSL's callbacks for
// the contexts of one listener. Handshaker; not synchronised.
#pragma once

#include <chrono>

#include "handshake/openssl.hpp"
#include "handshake/ticket_keys.hpp"

namespace tined::handshake {

class Tickets {
 public:
  Tickets(const TicketKeys& keys, std::chrono::seconds lifetime) noexcept
      : keys_(keys), lifetime_(lifetime) {}
  Tickets(const Tickets&) = delete;
  Tickets& operator=(const Tickets&) = delete;
  ~Tickets();

  /// Keys for handshakes from now on.
  void SetKeys(const TicketKeys& keys) noexcept { keys_ = keys; }

  [[nodiscard]] const TicketKeys& keys() const noexcept { return keys_; }

  /// Has the sessions of `context`, which this outlives, get tickets.
  void Apply(SSL_CTX* context);
  /// Has them get none.
  static void Refuse(SSL_CTX* context);

 private:
  static int OnKey(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                   EVP_MAC_CTX* mac, int is_sealing);

  TicketKeys keys_;
  std::chrono::seconds lifetime_;
};

}  // namespace tined::handshake

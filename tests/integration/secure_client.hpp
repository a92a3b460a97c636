// A client with TLS, OpenSSL's, over a real socket: blocking, with a deadline on everything. One
// thread's; several may run side by side.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/descriptor.hpp"
#include "tests/certificates.hpp"

namespace tined::test {

class SecureClient {
 public:
  struct Wanted {
    int version = TLS1_3_VERSION;
    std::string suites = {};             ///< OpenSSL's names; empty: its own choice
    std::string host = "a.example";      ///< SNI
    const Identity* identity = nullptr;  ///< its certificate
    bool asks_for_staple = false;
    std::string protocols = {};      ///< as ALPN has them
    SSL_SESSION* session = nullptr;  ///< to be resumed
  };
  /// Connects and does the handshake. Throws std::runtime_error.
  SecureClient(std::uint16_t port, const Wanted& wanted);

  struct Answer {
    int status = 0;
    std::string body;
  };
  void Send(std::string_view bytes);
  /// One whole answer with Content-Length. Throws std::runtime_error when there is none.
  Answer Read();
  Answer Get(const std::string& target) {
    Send("GET " + target + " HTTP/1.1\r\nHost: a.example\r\n\r\n");
    return Read();
  }
  [[nodiscard]] std::string ReadBytes(std::size_t size);
  /// What ALPN has led to; empty: nothing.
  [[nodiscard]] std::string Protocol() const;
  /// What the next connection may be given to resume; null: the server has sent no ticket that was
  /// read so far.
  [[nodiscard]] SSL_SESSION* session() const noexcept { return session_.get(); }
  [[nodiscard]] bool IsResumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  /// The OCSP answer (DER) that came with the server's certificate; empty: none.
  [[nodiscard]] std::string Staple() const;
  /// Changes the own key, and asks for another one of the server.
  void UpdateKey();
  /// True when the server has said close_notify, and nothing more.
  [[nodiscard]] bool IsEnded();

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
  };
  static int OnSession(SSL* ssl, SSL_SESSION* session);
  std::size_t ReadSome();

  std::unique_ptr<SSL_SESSION, Free> session_;
  std::unique_ptr<SSL_CTX, Free> context_;
  Descriptor socket_;
  std::unique_ptr<SSL, Free> ssl_;
  std::string input_;
};

}  // namespace tined::test

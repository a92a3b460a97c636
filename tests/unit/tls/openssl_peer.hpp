// OpenSSL as the client of a session: a handshake of its own with a server in memory, whose place
// the record layer takes afterwards. What a handshaker will hand over is taken out here in the
// smallest way that does, for tests.
#pragma once

#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tests/unit/tls/bytes.hpp"
#include "tls/session.hpp"

namespace tined::tls::test {

class OpensslPeer {
 public:
  struct Options {
    Suite suite;
    int tickets = 2;                 ///< records that the server sends behind a handshake of 1.3
    std::uint8_t fragment_code = 0;  ///< max_fragment_length as the extension has it; 0: none
    std::size_t padding = 0;         ///< the client pads to a multiple of this
  };
  explicit OpensslPeer(const Options& options);

  [[nodiscard]] const Agreed& agreed() const noexcept { return agreed_; }

  /// What the client has sent since the last call.
  [[nodiscard]] ByteString Sent();
  /// The client sends, as many records as it likes.
  void Write(std::string_view text);
  /// What the client reads out of these bytes. Its error (SSL_get_error) afterwards: `error`.
  [[nodiscard]] std::string Read(ByteView bytes);
  int error = SSL_ERROR_NONE;

  [[nodiscard]] SSL* ssl() noexcept { return client_.get(); }

 private:
  template <auto kFree>
  struct Free {
    template <typename T>
    void operator()(T* object) const noexcept {
      kFree(object);
    }
  };
  using Context = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;
  using Connection = std::unique_ptr<SSL, Free<SSL_free>>;

  static void TakeKeyLog(const SSL* ssl, const char* line);
  static void Certify(SSL_CTX* context);
  void Configure(const Options& options);
  void Shake();
  void TakeSecrets(const Options& options);

  Context server_context_;
  Context client_context_;
  Connection server_;
  Connection client_;
  ByteString to_client_;  ///< all that the server has sent
  Agreed agreed_;
};

}  // namespace tined::tls::test

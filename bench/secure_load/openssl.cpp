#include "bench/secure_load/openssl.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace tined::bench {
namespace {

struct Free {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
};

[[noreturn]] void Fail(const SSL* ssl, const char* what, int result) {
  const int saved = errno;
  const int kind = SSL_get_error(ssl, result);
  char text[256] = "";
  const unsigned long error = ERR_get_error();
  if (error != 0) {
    ERR_error_string_n(error, text, sizeof text);
  } else if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) {
    std::strcpy(text, "nothing came in time");
  } else if (kind == SSL_ERROR_ZERO_RETURN) {
    std::strcpy(text, "the server has said its end");
  } else {
    std::strncpy(text, saved == 0 ? "cut" : std::strerror(saved), sizeof text - 1);
  }
  throw Failure(std::string(what) + ": " + text);
}

class OpensslSession final : public Session {
 public:
  OpensslSession(SSL_CTX* context, int socket, SSL_SESSION* ticket) : ssl_(SSL_new(context)) {
    SSL_set_fd(ssl_.get(), socket);
    if (ticket != nullptr) SSL_set_session(ssl_.get(), ticket);
    ERR_clear_error();
    errno = 0;
    const int result = SSL_connect(ssl_.get());
    if (result != 1) Fail(ssl_.get(), "handshake", result);
  }

  void Send(std::string_view bytes) override {
    ERR_clear_error();
    errno = 0;
    const int result = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (result <= 0) Fail(ssl_.get(), "send", result);
  }
  std::size_t Receive(std::span<char> room) override {
    ERR_clear_error();
    errno = 0;
    const int result = SSL_read(ssl_.get(), room.data(), static_cast<int>(room.size()));
    if (result > 0) return static_cast<std::size_t>(result);
    if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_ZERO_RETURN) return 0;
    Fail(ssl_.get(), "receive", result);
  }
  void UpdateKey() override {
    if (SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) != 1) Fail(ssl_.get(), "key", 0);
  }
  void End() noexcept override { (void)SSL_shutdown(ssl_.get()); }
  [[nodiscard]] bool is_resumed() const noexcept override {
    return SSL_session_reused(ssl_.get()) == 1;
  }

 private:
  std::unique_ptr<SSL, Free> ssl_;
};

class OpensslEndpoint final : public Endpoint {
 public:
  explicit OpensslEndpoint(const Wanted& wanted) : context_(SSL_CTX_new(TLS_client_method())) {
    static constexpr std::array kSuites13 = {
        "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_256_GCM_SHA384"};
    static constexpr std::array kSuites12 = {"ECDHE+AES128+AESGCM", "ECDHE+CHACHA20",
                                             "ECDHE+AES256+AESGCM"};
    const int version = wanted.is_tls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
    const auto suite = static_cast<std::size_t>(wanted.suite);
    SSL_CTX* const context = context_.get();
    SSL_CTX_set_min_proto_version(context, version);
    SSL_CTX_set_max_proto_version(context, version);
    SSL_CTX_set_ciphersuites(context, kSuites13.at(suite));
    SSL_CTX_set_cipher_list(context, kSuites12.at(suite));
    SSL_CTX_set_session_cache_mode(context,
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_set_app_data(context, this);
    SSL_CTX_sess_set_new_cb(context, [](SSL* ssl, SSL_SESSION* session) {
      static_cast<OpensslEndpoint*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)))
          ->ticket_.reset(session);
      return 1;
    });
  }

  std::unique_ptr<Session> Connect(int socket, bool resumes) override {
    const std::unique_ptr<SSL_SESSION, Free> ticket = std::move(ticket_);
    return std::make_unique<OpensslSession>(context_.get(), socket,
                                            resumes ? ticket.get() : nullptr);
  }

 private:
  std::unique_ptr<SSL_SESSION, Free> ticket_;
  std::unique_ptr<SSL_CTX, Free> context_;
};

}  // namespace

std::unique_ptr<Endpoint> MakeOpensslEndpoint(const Endpoint::Wanted& wanted) {
  return std::make_unique<OpensslEndpoint>(wanted);
}

}  // namespace tined::bench

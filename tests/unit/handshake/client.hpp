// A client of OpenSSL's in memory, for handshakes and what follows them.
#pragma once

#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "handshake/handshake.hpp"
#include "tests/certificates.hpp"

namespace tined::handshake {

class Client {
 public:
  struct Wanted {
    std::string host = {};  ///< asked for by SNI; empty: none
    int min_version = TLS1_2_VERSION;
    int max_version = TLS1_3_VERSION;
    std::string suites = {};     ///< of TLS 1.2 or 1.3, OpenSSL's names
    std::string groups = {};     ///< "P-256:X25519"
    std::string protocols = {};  ///< as ALPN has them
    std::string signatures = {};
    bool asks_for_staple = false;
    int max_fragment = TLSEXT_max_fragment_length_DISABLED;
    const test::Identity* identity = nullptr;
    std::string issuers = {};  ///< PEM, sent behind the identity's
    SSL_SESSION* session = nullptr;
  };

  Client() : Client(Wanted()) {}
  explicit Client(const Wanted& wanted) : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(context_.get(), OnSession);
    SSL_CTX_set_app_data(context_.get(), this);
    ssl_.reset(SSL_new(context_.get()), SSL_free);
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_.get());
    Want(wanted);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Hears what the server says; the client's answer.
  std::string Say(std::string_view heard = {}) {
    if (!heard.empty()) {
      BIO_write(SSL_get_rbio(ssl_.get()), heard.data(), static_cast<int>(heard.size()));
    }
    if (!is_established()) SSL_do_handshake(ssl_.get());
    return TakeOutput();
  }
  [[nodiscard]] bool is_established() const { return SSL_is_init_finished(ssl_.get()) == 1; }

  std::string Seal(std::string_view text) {
    SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
    return TakeOutput();
  }
  /// What comes of the server's records; "error" if they cannot be opened, "" if there is nothing.
  std::string Open(std::string_view records) {
    Say(records);
    std::string text(1U << 16, '\0');
    const int size = SSL_read(ssl_.get(), text.data(), static_cast<int>(text.size()));
    if (size > 0) return text.substr(0, static_cast<std::size_t>(size));
    return SSL_get_error(ssl_.get(), size) == SSL_ERROR_WANT_READ ? "" : "error";
  }

  /// The session that the server's last ticket stands for; null without one.
  [[nodiscard]] SSL_SESSION* session() const { return session_.get(); }
  [[nodiscard]] bool is_resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }

 private:
  void Want(const Wanted& wanted) {
    SSL* const ssl = ssl_.get();
    if (!wanted.host.empty()) {
      std::string host = wanted.host;
      SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data());
    }
    SSL_set_min_proto_version(ssl, wanted.min_version);
    SSL_set_max_proto_version(ssl, wanted.max_version);
    if (wanted.suites.starts_with("TLS_")) {
      SSL_set_ciphersuites(ssl, wanted.suites.c_str());
    } else if (!wanted.suites.empty()) {
      SSL_set_cipher_list(ssl, wanted.suites.c_str());
    }
    if (!wanted.groups.empty()) SSL_set1_groups_list(ssl, wanted.groups.c_str());
    if (!wanted.signatures.empty()) SSL_set1_sigalgs_list(ssl, wanted.signatures.c_str());
    SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(wanted.protocols.data()),
                        static_cast<unsigned>(wanted.protocols.size()));
    if (wanted.asks_for_staple) SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp);
    SSL_set_tlsext_max_fragment_length(ssl, static_cast<std::uint8_t>(wanted.max_fragment));
    if (wanted.session != nullptr) SSL_set_session(ssl, wanted.session);
    if (wanted.identity != nullptr) Present(*wanted.identity, wanted.issuers);
  }
  void Present(const test::Identity& identity, const std::string& issuers) {
    SSL_use_certificate(ssl_.get(), identity.x509.get());
    SSL_use_PrivateKey(ssl_.get(), identity.key.get());
    const std::shared_ptr<BIO> in(BIO_new_mem_buf(issuers.data(), static_cast<int>(issuers.size())),
                                  BIO_free);
    while (X509* const issuer = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)) {
      SSL_add0_chain_cert(ssl_.get(), issuer);
    }
  }
  static int OnSession(SSL* ssl, SSL_SESSION* session) {
    auto* const self = static_cast<Client*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    self->session_.reset(session, SSL_SESSION_free);
    return 1;
  }
  std::string TakeOutput() {
    BIO* const out = SSL_get_wbio(ssl_.get());
    std::string said(BIO_ctrl_pending(out), '\0');
    BIO_read(out, said.data(), static_cast<int>(said.size()));
    return said;
  }

  std::shared_ptr<SSL_CTX> context_;
  std::shared_ptr<SSL> ssl_;
  std::shared_ptr<SSL_SESSION> session_;
};

/// A listener of which a test says what is different.
class Listener {
 public:
  using Change = std::function<void(Settings&)>;

  explicit Listener(const Change& change = {}) : Listener(DefaultFiles(), change) {}
  explicit Listener(const test::Identity& identity, const Change& change = {})
      : Listener({FilesOf(identity)}, change) {}
  explicit Listener(std::vector<CertificateFiles> certificates, const Change& change = {}) {
    settings_.certificates = std::move(certificates);
    if (change) change(settings_);
    context_ = std::make_unique<Context>(settings_, keys_, WallClock::now());
  }

  static CertificateFiles FilesOf(const test::Identity& identity, std::string issuers = {},
                                  std::string ocsp = {}) {
    return {.certificate = {"a.pem", identity.Certificate() + issuers},
            .key = {"a.key", identity.PrivateKey()},
            .ocsp = {"a.der", std::move(ocsp)}};
  }

  [[nodiscard]] Context& context() { return *context_; }
  [[nodiscard]] TicketKeys& keys() { return keys_; }

 private:
  static const std::vector<CertificateFiles>& DefaultFiles() {
    static const std::vector<CertificateFiles> files{
        FilesOf(test::Make({.names = "DNS:example.org"}))};
    return files;
  }

  Settings settings_;
  TicketKeys keys_ = MakeTicketKeys(WallClock::now());
  std::unique_ptr<Context> context_;
};

using State = Handshake::State;

/// Lets both talk, the client's bytes `step` at a time, until nobody has anything to say. What the
/// server has said last, or has yet to say, the client has heard.
inline State Converse(Client& client, Handshake& handshake, std::size_t step = std::string::npos) {
  std::string said = client.Say();
  while (!said.empty() && handshake.state() == State::goes_on) {
    for (std::size_t at = 0; at < said.size() && handshake.state() == State::goes_on;) {
      const std::size_t size = std::min(step, said.size() - at);
      handshake.Feed(std::string_view(said).substr(at, size));
      at += size;
    }
    said = client.Say(handshake.TakeOutput());
  }
  return handshake.state();
}

/// One whole handshake of a client with a listener.
struct Meeting {
  Meeting(Listener& listener, const Client::Wanted& wanted, std::size_t step = std::string::npos,
          WallTime now = WallClock::now())
      : client(wanted),
        handshake(listener.context(), {.now = now}),
        state(Converse(client, handshake, step)) {
    if (state == State::established) established = handshake.Take();
  }

  Client client;
  Handshake handshake;
  State state;
  Established established;
};

}  // namespace tined::handshake

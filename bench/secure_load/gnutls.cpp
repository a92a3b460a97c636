#include "bench/secure_load/gnutls.hpp"

#include <gnutls/gnutls.h>

#include <chrono>
#include <vector>

namespace tined::bench {
namespace {

using Ticket = std::vector<unsigned char>;

void Check(int result, const char* what) {
  if (result < 0) throw Failure(std::string(what) + ": " + gnutls_strerror(result));
}

std::string Priorities(const Endpoint::Wanted& wanted) {
  static const std::vector<std::string> kCiphers = {"AES-128-GCM", "CHACHA20-POLY1305",
                                                    "AES-256-GCM"};
  return "NORMAL:-VERS-ALL:+VERS-TLS1." + std::string(wanted.is_tls13 ? "3" : "2") +
         ":-CIPHER-ALL:+" + kCiphers.at(static_cast<std::size_t>(wanted.suite));
}

class GnutlsSession final : public Session {
 public:
  GnutlsSession(gnutls_priority_t priorities, gnutls_certificate_credentials_t credentials,
                int socket, const Ticket& ticket, Ticket& next)
      : next_(next) {
    Check(gnutls_init(&session_, GNUTLS_CLIENT), "init");
    try {
      Check(gnutls_priority_set(session_, priorities), "priorities");
      Check(gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, credentials), "credentials");
      if (!ticket.empty()) {
        Check(gnutls_session_set_data(session_, ticket.data(), ticket.size()), "ticket");
      }
      gnutls_transport_set_int(session_, socket);
      gnutls_handshake_set_timeout(session_, GNUTLS_INDEFINITE_TIMEOUT);
      int result = 0;
      while ((result = gnutls_handshake(session_)) < 0 && gnutls_error_is_fatal(result) == 0 &&
             result != GNUTLS_E_AGAIN) {
      }
      Check(result, "handshake");
    } catch (...) {
      gnutls_deinit(session_);
      throw;
    }
  }
  ~GnutlsSession() override {
    gnutls_datum_t data{};
    if (has_received_ && gnutls_session_get_data2(session_, &data) == 0) {
      next_.assign(data.data, data.data + data.size);
      gnutls_free(data.data);
    }
    gnutls_deinit(session_);
  }

  void Send(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t sent = gnutls_record_send(session_, bytes.data(), bytes.size());
      if (sent == GNUTLS_E_INTERRUPTED) continue;
      Check(static_cast<int>(sent), "send");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  std::size_t Receive(std::span<char> room) override {
    for (;;) {
      const auto begin = std::chrono::steady_clock::now();
      const ssize_t got = gnutls_record_recv(session_, room.data(), room.size());
      if (got == GNUTLS_E_INTERRUPTED) continue;
      // It says so behind a ticket or a key update as well as when the socket's time is up.
      const bool is_late = std::chrono::steady_clock::now() - begin > std::chrono::seconds(50);
      if (got == GNUTLS_E_AGAIN && !is_late) continue;
      Check(static_cast<int>(got), "receive");
      has_received_ = true;
      return static_cast<std::size_t>(got);
    }
  }
  void UpdateKey() override { Check(gnutls_session_key_update(session_, GNUTLS_KU_PEER), "key"); }
  void End() noexcept override { (void)gnutls_bye(session_, GNUTLS_SHUT_WR); }
  [[nodiscard]] bool is_resumed() const noexcept override {
    return gnutls_session_is_resumed(session_) != 0;
  }

 private:
  Ticket& next_;
  gnutls_session_t session_ = nullptr;
  bool has_received_ = false;  ///< a ticket has come before the first answer, if there is one
};

class GnutlsEndpoint final : public Endpoint {
 public:
  explicit GnutlsEndpoint(const Wanted& wanted) {
    Check(gnutls_certificate_allocate_credentials(&credentials_), "credentials");
    Check(gnutls_priority_init(&priorities_, Priorities(wanted).c_str(), nullptr), "priorities");
  }
  ~GnutlsEndpoint() override {
    gnutls_priority_deinit(priorities_);
    gnutls_certificate_free_credentials(credentials_);
  }

  std::unique_ptr<Session> Connect(int socket, bool resumes) override {
    const Ticket ticket = std::move(ticket_);
    ticket_.clear();
    return std::make_unique<GnutlsSession>(priorities_, credentials_, socket,
                                           resumes ? ticket : Ticket(), ticket_);
  }

 private:
  gnutls_certificate_credentials_t credentials_ = nullptr;
  gnutls_priority_t priorities_ = nullptr;
  Ticket ticket_;
};

}  // namespace

std::unique_ptr<Endpoint> MakeGnutlsEndpoint(const Endpoint::Wanted& wanted) {
  return std::make_unique<GnutlsEndpoint>(wanted);
}

}  // namespace tined::bench

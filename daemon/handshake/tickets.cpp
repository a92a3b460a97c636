#include "handshake/tickets.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "handshake/witness.hpp"
#include "handshake/x509.hpp"

namespace tined::handshake {
namespace {

// What OpenSSL makes of a key callback's answer.
constexpr int kFailed = -1;
constexpr int kNoKey = 0;
constexpr int kUse = 1;
constexpr int kUseAndRenew = 2;

int PlaceOfTickets() {
  static const int place = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return place;
}

bool IsSet(const TicketKey& key, const unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
           bool is_sealing) {
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY,
                                        const_cast<std::uint8_t*>(key.authentication.data()),
                                        key.authentication.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.encryption.data(), iv,
                           is_sealing ? 1 : 0) == 1 &&
         EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

/// A ticket has the time of its handshake, so that the same one is made when that is replayed, and
/// the host that was asked for.
int OnSeal(SSL* ssl, void* /*unused*/) {
  const Witness& witness = Witness::Of(ssl);
  SSL_SESSION* const session = SSL_get_session(ssl);
  SSL_SESSION_set_time(session, WallClock::to_time_t(witness.now()));
  const std::string& host = witness.server_name();
  return SSL_SESSION_set1_ticket_appdata(session, host.data(), host.size());
}

/// In TLS 1.2 a session is its host's (RFC 6066, 3): a client that was shown the certificate of one
/// would take another for it.
bool IsOfOtherHost(const SSL* ssl, SSL_SESSION* session) {
  void* bytes = nullptr;
  std::size_t size = 0;
  SSL_SESSION_get0_ticket_appdata(session, &bytes, &size);
  return SSL_SESSION_get_protocol_version(session) != TLS1_3_VERSION &&
         std::string_view(static_cast<const char*>(bytes), size) != Witness::Of(ssl).server_name();
}

/// A session's age is judged by the clock of the handshake, so that it is judged in the same way
/// when that is replayed. OpenSSL, who looks at the machine's clock after this, finds it new.
bool IsTooOld(const SSL* ssl, SSL_SESSION* session) {
  const std::int64_t age =
      WallClock::to_time_t(Witness::Of(ssl).now()) - SSL_SESSION_get_time(session);
  SSL_SESSION_set_time(session, WallClock::to_time_t(WallClock::now()));
  return age > SSL_SESSION_get_timeout(session);
}

/// A client's certificate that was valid when the session began may not be any more.
bool IsClientExpired(const SSL* ssl, SSL_SESSION* session) {
  const X509* const client = SSL_SESSION_get0_peer(session);
  return client != nullptr && TimeOf(X509_get0_notAfter(client)) <= Witness::Of(ssl).now();
}

SSL_TICKET_RETURN OnOpen(SSL* ssl, SSL_SESSION* session, const unsigned char* /*name*/,
                         std::size_t /*size*/, SSL_TICKET_STATUS status, void* /*unused*/) {
  switch (status) {
    case SSL_TICKET_SUCCESS:
    case SSL_TICKET_SUCCESS_RENEW:
      if (IsTooOld(ssl, session) || IsClientExpired(ssl, session) || IsOfOtherHost(ssl, session)) {
        return SSL_TICKET_RETURN_IGNORE_RENEW;
      }
      return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
    default:
      return SSL_TICKET_RETURN_IGNORE_RENEW;
  }
}

}  // namespace

Tickets::~Tickets() { OPENSSL_cleanse(&keys_, sizeof(keys_)); }

void Tickets::Apply(SSL_CTX* context) {
  SSL_CTX_set_ex_data(context, PlaceOfTickets(), this);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, OnKey);
  SSL_CTX_set_session_ticket_cb(context, OnSeal, OnOpen, nullptr);
  SSL_CTX_set_timeout(context, static_cast<long>(lifetime_.count()));
}

void Tickets::Refuse(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  // TLS 1.3 would send tickets that stand for entries of a cache.
  SSL_CTX_set_num_tickets(context, 0);
}

int Tickets::OnKey(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                   EVP_MAC_CTX* mac, int is_sealing) {
  // The context that a handshake began with has the keys, whichever a host's name has led to.
  const auto* const self =
      static_cast<Tickets*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), PlaceOfTickets()));
  const TicketKeys* const own = Witness::Of(ssl).ticket_keys();
  const TicketKeys& keys = own != nullptr ? *own : self->keys_;
  const TicketKey* key = keys.keys.data();
  if (is_sealing != 0) {
    std::copy(key->name.begin(), key->name.end(), name);
    if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return kFailed;
    return IsSet(*key, iv, cipher, mac, true) ? kUse : kFailed;
  }
  key = keys.Find(name);
  if (key == nullptr) return kNoKey;
  if (!IsSet(*key, iv, cipher, mac, false)) return kFailed;
  // TLS 1.3's tickets are for one use: a client gets another for the next time.
  const bool is_current = key == keys.keys.data();
  return is_current && SSL_version(ssl) != TLS1_3_VERSION ? kUse : kUseAndRenew;
}

}  // namespace tined::handshake

#include "handshake/handshake.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <utility>

#include "handshake/agreed.hpp"
#include "handshake/opening.hpp"

namespace tined::handshake {
namespace {

/// A fatal alert in clear.
std::string ClearAlert(int number) {
  return {SSL3_RT_ALERT, 3, 1, 0, 2, SSL3_AL_FATAL, static_cast<char>(number)};
}

/// Nothing can have been sealed yet, so that an alert in clear is understood.
bool IsInClear(const SSL* ssl) noexcept {
  const OSSL_HANDSHAKE_STATE state = SSL_get_state(ssl);
  return state == TLS_ST_BEFORE || state == TLS_ST_SR_CLNT_HELLO;
}

std::string ProtocolOf(const SSL* ssl) {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

}  // namespace

Handshake::Handshake(const Context& context, const Circumstances& circumstances)
    : context_(context), witness_(circumstances) {
  if (circumstances.seed) randomness_.emplace(*circumstances.seed);
  ssl_ = context.MakeSsl();
  witness_.Watch(ssl_.get());
  BioPointer in = Writing();
  BioPointer out = Writing();
  SSL_set_bio(ssl_.get(), in.release(), out.release());
  SSL_set_accept_state(ssl_.get());
  // Clients' certificates are judged as of then.
  X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl_.get()), WallClock::to_time_t(circumstances.now));
}

Handshake::State Handshake::Feed(std::string_view bytes) {
  if (state_ != State::goes_on) return state_;
  if (fed_ == 0) {
    opening_ += bytes;
    if (!IsTls(opening_)) return state_;
    bytes = opening_;
  }
  fed_ += bytes.size();
  if (BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size())) !=
      static_cast<int>(bytes.size())) {
    Fail("out of memory");
    return state_;
  }
  opening_ = std::string();
  Step();
  return state_;
}

bool Handshake::IsTls(std::string_view bytes) {
  switch (Recognise(bytes)) {
    case Opening::tls:
      return true;
    case Opening::unknown:
      return false;
    case Opening::http:
      state_ = State::plain_http;
      ssl_.reset();
      return false;
    case Opening::other_ssl:
      output_ = ClearAlert(SSL_AD_PROTOCOL_VERSION);
      break;
    case Opening::nonsense:
      output_ = ClearAlert(SSL_AD_UNEXPECTED_MESSAGE);
      break;
  }
  Fail("what the client says is no TLS");
  return false;
}

Handshake::~Handshake() { tls::Wipe(established_.session); }

Established Handshake::Take() noexcept {
  Established taken = std::move(established_);
  tls::Wipe(established_.session);
  return taken;
}

int Handshake::Proceed() {
  const Randomness::Use use(randomness_ ? &*randomness_ : nullptr);
  return SSL_do_handshake(ssl_.get());
}

void Handshake::Step() {
  ForgetErrors();
  const int result = Proceed();
  const std::string_view written = Held(SSL_get_wbio(ssl_.get()));
  witness_.OnOutput(written);
  output_ += written;
  (void)BIO_reset(SSL_get_wbio(ssl_.get()));
  if (result == 1) {
    Finish();
  } else if (SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_READ) {
    FailByOpenSsl();
  } else if (fed_ >= kMostInput) {
    if (IsInClear(ssl_.get())) output_ += ClearAlert(SSL_AD_ILLEGAL_PARAMETER);
    Fail("the client has sent more than a handshake takes");
  }
}

void Handshake::Finish() {
  std::optional<tls::Agreed> agreed = AgreedBy(ssl_.get(), witness_, context_.schedule());
  if (!agreed) return Fail("OpenSSL does not tell all of the session");
  Facts& facts = established_.facts;
  facts.server_name = witness_.server_name();
  facts.protocol = ProtocolOf(ssl_.get());
  facts.is_resumed = SSL_session_reused(ssl_.get()) == 1;
  if (X509* const client = SSL_get0_peer_certificate(ssl_.get()); client != nullptr) {
    facts.client = FactsOfClient(client);
  }
  tls::Establish(established_.session, *agreed);
  OPENSSL_cleanse(&*agreed, sizeof(*agreed));
  if (SSL_get0_peer_certificate(ssl_.get()) != nullptr && !facts.client) {
    tls::Wipe(established_.session);
    return Fail("names in the client's certificate are too long");
  }
  // OpenSSL has read no further than the handshake goes.
  established_.beyond = Held(SSL_get_rbio(ssl_.get()));
  ssl_.reset();
  state_ = State::established;
}

void Handshake::Fail(std::string reason) {
  reason_ = std::move(reason);
  state_ = State::failed;
  ssl_.reset();
  ForgetErrors();
}

void Handshake::FailByOpenSsl() {
  const auto& alert = witness_.alert();
  const long verified = SSL_get_verify_result(ssl_.get());
  std::string reason = TakeReason();
  if (alert && alert->is_clients) {
    reason = fmt::format("the client's alert: {}", SSL_alert_desc_string_long(alert->description));
  } else if (alert && alert->description == SSL_AD_UNRECOGNIZED_NAME) {
    reason = witness_.server_name().empty()
                 ? "the client names no host"
                 : fmt::format("no certificate has the name {}", witness_.server_name());
  } else if (verified != X509_V_OK) {
    reason = fmt::format("the client's certificate: {}", X509_verify_cert_error_string(verified));
  }
  Fail(reason.empty() ? "OpenSSL gives no reason" : std::move(reason));
}

std::string Handshake::TakeOutput() noexcept { return std::exchange(output_, {}); }

}  // namespace tined::handshake

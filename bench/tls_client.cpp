#include "tls_client.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "tls/record_cipher.hpp"

namespace {

namespace tls = tined::tls;

/// Without a goodbye OpenSSL would take the session for one that cannot be resumed.
void Free(SSL* ssl) {
  if (ssl != nullptr) SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN);
  SSL_free(ssl);
}

/// The macro SSL_set_tlsext_host_name has a cast of the old kind.
bool NamesHost(SSL* ssl) {
  std::string host = "localhost";
  return SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data()) == 1;
}

void Must(bool holds, const char* what) {
  if (holds) return;
  (void)std::fprintf(stderr, "load: OpenSSL refuses %s\n", what);
  std::exit(1);
}

/// The shape of this client's only suite.
tls::RecordShape ShapeOfAll() {
  tls::Session session;
  session.version = tls::Version::tls13;
  session.suite = tls::Suite::aes_128_gcm_sha256;
  return tls::RecordShape(session);
}
const tls::RecordShape kShape = ShapeOfAll();

tls::ByteView View(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// How many bytes the record at the front of `bytes` has; 0: its header is not whole.
std::size_t SizeOfRecord(std::string_view bytes) {
  if (bytes.size() < tls::kHeaderSize) return 0;
  return tls::kHeaderSize + tls::ReadHeader(View(bytes)).size;
}

tls::Secret SecretIn(std::string_view hex) {
  tls::Secret secret;
  for (std::size_t i = 0; i < hex.size() / 2 && i < secret.bytes.size(); ++i) {
    const char* const digits = hex.data() + 2 * i;
    std::from_chars(digits, digits + 2, secret.bytes[i], 16);
  }
  return secret;
}

}  // namespace

TlsClient::TlsClient() : context_(SSL_CTX_new(TLS_client_method())) {
  Must(context_ != nullptr && SSL_CTX_set_min_proto_version(context_, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_ciphersuites(context_, "TLS_AES_128_GCM_SHA256") == 1 &&
           SSL_CTX_set1_groups_list(context_, "X25519") == 1,
       "the suite");
  SSL_CTX_set_keylog_callback(context_, TlsChannel::OnKeyLog);
}

TlsClient::~TlsClient() {
  SSL_SESSION_free(session_);
  SSL_CTX_free(context_);
}

bool TlsClient::LearnSession(int socket, const std::string& request) {
  SSL* const ssl = SSL_new(context_);
  Must(NamesHost(ssl) && SSL_set_fd(ssl, socket) == 1 && SSL_connect(ssl) == 1,
       "a session to resume");
  // Tickets come before the answer.
  std::array<char, 4096> room;
  const bool is_answered = SSL_write(ssl, request.data(), static_cast<int>(request.size())) > 0 &&
                           SSL_read(ssl, room.data(), static_cast<int>(room.size())) > 0;
  SSL_SESSION* const session = SSL_get1_session(ssl);
  if (is_answered && SSL_SESSION_is_resumable(session) == 1) session_ = session;
  Free(ssl);
  return session_ != nullptr;
}

TlsEngine::TlsEngine() : aead(tls::MakeAead(tls::Library::automatic)), room(128U << 10) {}

TlsChannel::TlsChannel(const TlsClient& client, TlsEngine& engine)
    : engine_(engine), ssl_(SSL_new(client.context_)), is_to_resume_(client.session_ != nullptr) {
  SSL_set_app_data(ssl_, this);
  SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(ssl_);
  Must(NamesHost(ssl_), "a host's name");
  if (is_to_resume_) Must(SSL_set_session(ssl_, client.session_) == 1, "the session");
  Must(Handshake({}), "to begin a handshake");
}

TlsChannel::~TlsChannel() { Free(ssl_); }

bool TlsChannel::Feed(std::string_view bytes) {
  return is_established_ ? OpenAll(bytes) : Handshake(bytes);
}

bool TlsChannel::Handshake(std::string_view bytes) {
  BIO* const in = SSL_get_rbio(ssl_);
  if (!bytes.empty()) (void)BIO_write(in, bytes.data(), static_cast<int>(bytes.size()));
  const int result = SSL_do_handshake(ssl_);
  char* text = nullptr;
  const long size = BIO_get_mem_data(SSL_get_wbio(ssl_), &text);
  output_.append(text, static_cast<std::size_t>(size));
  (void)BIO_reset(SSL_get_wbio(ssl_));
  if (result != 1) return SSL_get_error(ssl_, result) == SSL_ERROR_WANT_READ;
  if (is_to_resume_ && SSL_session_reused(ssl_) == 0) return false;
  is_established_ = true;
  // OpenSSL has read no further than the handshake goes.
  const long beyond = BIO_get_mem_data(in, &text);
  const std::string rest(text, static_cast<std::size_t>(beyond));
  Free(ssl_);
  ssl_ = nullptr;
  return OpenAll(rest);
}

void TlsChannel::OnKeyLog(const SSL* ssl, const char* line) {
  auto* const self = static_cast<TlsChannel*>(SSL_get_app_data(ssl));
  if (self == nullptr) return;  // The one that learns a session.
  const std::string_view text(line);
  const bool is_clients = text.starts_with("CLIENT_TRAFFIC_SECRET_0 ");
  if (!is_clients && !text.starts_with("SERVER_TRAFFIC_SECRET_0 ")) return;
  (is_clients ? self->outbound_ : self->inbound_).keys =
      self->engine_.schedule.KeysOf(tls::Version::tls13, tls::Suite::aes_128_gcm_sha256,
                                    SecretIn(text.substr(text.rfind(' ') + 1)));
}

bool TlsChannel::OpenAll(std::string_view bytes) {
  if (!partial_.empty() && !Complete(bytes)) return false;
  while (const std::size_t size = SizeOfRecord(bytes)) {
    if (size > bytes.size()) break;
    if (!OpenOne(bytes.substr(0, size))) return false;
    bytes.remove_prefix(size);
  }
  partial_ += bytes;
  return true;
}

/// Takes from the front of `bytes` what the record that has begun is short of, and opens it.
bool TlsChannel::Complete(std::string_view& bytes) {
  std::size_t size = SizeOfRecord(partial_);
  while (size == 0 || partial_.size() < size) {
    if (bytes.empty()) return true;
    const std::size_t wanted = (size == 0 ? tls::kHeaderSize : size) - partial_.size();
    partial_ += bytes.substr(0, wanted);
    bytes.remove_prefix(std::min(wanted, bytes.size()));
    size = SizeOfRecord(partial_);
  }
  const bool is_fine = OpenOne(partial_);
  partial_.clear();
  return is_fine;
}

bool TlsChannel::OpenOne(std::string_view record) {
  std::uint8_t* const out = engine_.room.data() + engine_.filled;
  if (record.size() > engine_.room.size() - engine_.filled || record.size() < kShape.overhead() ||
      !tls::OpenRecord(*engine_.aead, {kShape, inbound_.keys, inbound_.sequence++}, View(record),
                       out)) {
    return false;
  }
  std::size_t size = record.size() - tls::kHeaderSize - tls::kTagSize;
  while (size > 0 && out[size - 1] == 0) --size;
  if (size == 0) return false;
  switch (static_cast<tls::ContentType>(out[size - 1])) {
    case tls::ContentType::application_data:
      engine_.filled += size - 1;
      return true;
    case tls::ContentType::handshake:
      return out[0] == SSL3_MT_NEWSESSION_TICKET;
    case tls::ContentType::alert:
      return size == 3 && out[1] == SSL3_AD_CLOSE_NOTIFY;
    default:
      return false;
  }
}

std::string_view TlsChannel::TakeInput() noexcept {
  return {reinterpret_cast<const char*>(engine_.room.data()), std::exchange(engine_.filled, 0)};
}

void TlsChannel::Seal(std::string_view plain) {
  const std::size_t before = output_.size();
  output_.resize(before + plain.size() + kShape.overhead());
  tls::SealRecord(*engine_.aead, {kShape, outbound_.keys, outbound_.sequence++},
                  tls::ContentType::application_data, View(plain),
                  reinterpret_cast<std::uint8_t*>(output_.data()) + before);
}

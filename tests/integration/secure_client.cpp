#include "tests/integration/secure_client.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <stdexcept>

#include "base/error.hpp"

namespace tined::test {
namespace {

constexpr timeval kPatience{.tv_sec = 20, .tv_usec = 0};

Descriptor Connect(std::uint16_t port) {
  Descriptor socket(Check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  Check(::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience),
        "setsockopt");
  Check(::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience),
        "setsockopt");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Check(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
        "connect");
  return socket;
}

[[noreturn]] void Fail(const char* what) {
  char text[256] = "the connection ended";
  const unsigned long error = ERR_get_error();
  if (error != 0) ERR_error_string_n(error, text, sizeof text);
  throw std::runtime_error(std::string(what) + ": " + text);
}

}  // namespace

SecureClient::SecureClient(std::uint16_t port, const Wanted& wanted)
    : context_(SSL_CTX_new(TLS_client_method())), socket_(Connect(port)) {
  SSL_CTX_set_min_proto_version(context_.get(), wanted.version);
  SSL_CTX_set_max_proto_version(context_.get(), wanted.version);
  if (!wanted.suites.empty()) {
    const bool is_set = wanted.version == TLS1_3_VERSION
                            ? SSL_CTX_set_ciphersuites(context_.get(), wanted.suites.c_str()) == 1
                            : SSL_CTX_set_cipher_list(context_.get(), wanted.suites.c_str()) == 1;
    if (!is_set) throw std::runtime_error("no such suite");
  }
  SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT);
  SSL_CTX_sess_set_new_cb(context_.get(), OnSession);
  SSL_CTX_set_app_data(context_.get(), this);
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(wanted.protocols.data()),
                      static_cast<unsigned>(wanted.protocols.size()));
  if (wanted.session != nullptr) SSL_set_session(ssl_.get(), wanted.session);
  if (wanted.identity != nullptr) {
    SSL_use_certificate(ssl_.get(), wanted.identity->x509.get());
    SSL_use_PrivateKey(ssl_.get(), wanted.identity->key.get());
  }
  // What SSL_set_tlsext_host_name is, without its cast.
  SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           const_cast<char*>(wanted.host.c_str()));
  if (wanted.asks_for_staple) SSL_set_tlsext_status_type(ssl_.get(), TLSEXT_STATUSTYPE_ocsp);
  SSL_set_fd(ssl_.get(), socket_.get());
  ERR_clear_error();
  if (SSL_connect(ssl_.get()) != 1) Fail("handshake");
}

int SecureClient::OnSession(SSL* ssl, SSL_SESSION* session) {
  auto* const self = static_cast<SecureClient*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  self->session_.reset(session);
  return 1;
}

std::string SecureClient::Protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string SecureClient::ReadBytes(std::size_t size) {
  while (input_.size() < size) {
    if (ReadSome() == 0) Fail("bytes");
  }
  std::string bytes = input_.substr(0, size);
  input_.erase(0, size);
  return bytes;
}

std::string SecureClient::Staple() const {
  const unsigned char* bytes = nullptr;
  const long size = SSL_get_tlsext_status_ocsp_resp(ssl_.get(), &bytes);
  return size <= 0 ? std::string() : std::string(bytes, bytes + size);
}

void SecureClient::Send(std::string_view bytes) {
  ERR_clear_error();
  if (SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) <= 0) Fail("send");
}

std::size_t SecureClient::ReadSome() {
  char room[16384];
  ERR_clear_error();
  const int got = SSL_read(ssl_.get(), room, sizeof room);
  if (got > 0) input_.append(room, static_cast<std::size_t>(got));
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

SecureClient::Answer SecureClient::Read() {
  std::size_t end = 0;
  while ((end = input_.find("\r\n\r\n")) == input_.npos) {
    if (ReadSome() == 0) Fail("header");
  }
  const std::string header = input_.substr(0, end);
  input_.erase(0, end + 4);
  Answer answer;
  answer.status = std::stoi(header.substr(header.find(' ')));
  constexpr std::string_view kLength = "Content-Length: ";
  const std::size_t at = header.find(kLength);
  if (at == header.npos) throw std::runtime_error("an answer without length");
  const std::size_t length = std::stoul(header.substr(at + kLength.size()));
  while (input_.size() < length) {
    if (ReadSome() == 0) Fail("body");
  }
  answer.body = input_.substr(0, length);
  input_.erase(0, length);
  return answer;
}

void SecureClient::UpdateKey() {
  if (SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) != 1) Fail("key update");
}

bool SecureClient::IsEnded() {
  return input_.empty() && ReadSome() == 0 &&
         (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

}  // namespace tined::test

#include "handshake/context.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "handshake/witness.hpp"

namespace tined::handshake {
namespace {

// The fastest first, on machines as they are; a client that begins with ChaCha20 is one that is
// slow at AES, and is obeyed.
constexpr const char* kSuites12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kSuites13 =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr std::uint64_t kOptions = SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;
/// Keys and digests below 112 bits of security are refused, whatever the system's configuration is.
constexpr int kSecurityLevel = 2;

void Must(bool holds, std::string_view what) {
  if (!holds) throw Refused({fmt::format("OpenSSL refuses {}: {}", what, TakeReason())});
}

std::string ListOf(const std::vector<std::string>& groups) {
  return fmt::format("{}", fmt::join(groups, ":"));
}

/// Throws Refused that names each group which OpenSSL does not know.
void CheckGroups(const std::vector<std::string>& groups) {
  const ContextPointer context(Made(SSL_CTX_new(TLS_server_method())));
  std::vector<std::string> problems;
  for (const std::string& group : groups) {
    if (SSL_CTX_set1_groups_list(context.get(), group.c_str()) == 1) continue;
    problems.push_back(fmt::format(
        "group {} is none that this machine's OpenSSL knows: take X25519, P-256 or P-384", group));
  }
  ForgetErrors();
  if (!problems.empty()) throw Refused(std::move(problems));
}

std::string Encoded(const std::vector<std::string>& protocols) {
  std::string encoded;
  for (const std::string& each : protocols) {
    if (each.empty() || each.size() > 255) {
      throw Refused(
          {fmt::format("protocol '{}' is no name for ALPN, which has 1 to 255 bytes", each)});
    }
    encoded += static_cast<char>(each.size());
    encoded += each;
  }
  return encoded;
}

/// A host's name as clients may ask for it: it goes into logs and variables.
bool IsPrintableHost(std::string_view host) noexcept {
  return std::all_of(host.begin(), host.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// The host in an extension server_name (RFC 6066, 3), as OpenSSL takes it: a list (2 bytes of
/// size) of one name, its type (0) and size (2 bytes) in front.
std::string_view HostIn(std::string_view extension) noexcept {
  constexpr std::size_t kFront = 5;
  if (extension.size() <= kFront || extension[2] != TLSEXT_NAMETYPE_host_name) return {};
  return extension.substr(kFront);
}

}  // namespace

Context::Context(const Settings& settings, const TicketKeys& keys, WallTime now)
    : does_reject_(settings.unknown_host == UnknownHost::reject) {
  Load(settings, keys, now);
  MakeAll(settings);
}

void Context::Load(const Settings& settings, const TicketKeys& keys, WallTime now) {
  std::vector<std::string> problems;
  const auto attempt = [&](auto load) {
    try {
      load();
    } catch (const Refused& refused) {
      problems.insert(problems.end(), refused.problems().begin(), refused.problems().end());
    }
  };
  attempt([&] { certificates_ = LoadCertificates(settings.certificates, now); });
  attempt([&] { CheckGroups(settings.groups); });
  attempt([&] { protocols_ = Encoded(settings.protocols); });
  attempt([&] {
    if (settings.client_certificates) trust_.emplace(*settings.client_certificates, now);
  });
  attempt([&] {
    if (!settings.tickets) return;
    const File& file = settings.tickets->keys;
    has_own_keys_ = !file.is_empty();
    tickets_.emplace(has_own_keys_ ? ReadTicketKeys(file) : keys, LifetimeOf(*settings.tickets));
  });
  if (!problems.empty()) throw Refused(std::move(problems));
}

void Context::MakeAll(const Settings& settings) {
  for (const Certificate& each : certificates_) names_.Add(each.facts().names, each.kind());
  const auto add = [&](const ServerNames::Offer& offer) {
    ContextPointer& context = contexts_[offer];
    if (!context) context = Make(settings, offer);
    return context.get();
  };
  default_ = add(names_.Default());
  for (const Certificate& each : certificates_) {
    for (const std::string& name : each.facts().names) add(names_.Find(name).value());
  }
}

std::vector<std::string> Context::Warnings() const {
  std::vector<std::string> warnings;
  for (const Certificate& each : certificates_) {
    warnings.insert(warnings.end(), each.warnings().begin(), each.warnings().end());
  }
  if (trust_) warnings.insert(warnings.end(), trust_->warnings().begin(), trust_->warnings().end());
  return warnings;
}

ContextPointer Context::Make(const Settings& settings, const ServerNames::Offer& offer) {
  ContextPointer context(Made(SSL_CTX_new(TLS_server_method())));
  Restrict(context.get(), settings);
  SetCallbacks(context.get());
  for (const std::size_t place : offer) certificates_[place].OfferIn(context.get());
  if (trust_) trust_->Apply(context.get());
  if (tickets_) {
    tickets_->Apply(context.get());
  } else {
    Tickets::Refuse(context.get());
  }
  // Keys of tickets may be those of other listeners, and of other servers.
  static constexpr std::array<unsigned char, 32> kAnybody{'t', 'i', 'n', 'e', 'd'};
  const auto& id = trust_ ? trust_->digest() : kAnybody;
  Must(SSL_CTX_set_session_id_context(context.get(), id.data(), static_cast<unsigned>(id.size())) ==
           1,
       "sessions");
  return context;
}

void Context::Restrict(SSL_CTX* context, const Settings& settings) const {
  SSL_CTX_set_security_level(context, kSecurityLevel);
  Must(SSL_CTX_set_min_proto_version(context, static_cast<int>(settings.min_version)) == 1 &&
           SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1,
       "the versions");
  Must(SSL_CTX_set_cipher_list(context, kSuites12) == 1 &&
           SSL_CTX_set_ciphersuites(context, kSuites13) == 1,
       "the suites");
  Must(SSL_CTX_set1_groups_list(context, ListOf(settings.groups).c_str()) == 1, "the groups");
  SSL_CTX_set_options(context, kOptions);
  SSL_CTX_set_max_early_data(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // Chains are what their files say.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
}

void Context::SetCallbacks(SSL_CTX* context) {
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_client_hello_cb(context, OnHello, this);
  SSL_CTX_callback_ctrl(context, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                        reinterpret_cast<void (*)()>(OnServerName));
  SSL_CTX_set_tlsext_servername_arg(context, this);
  SSL_CTX_callback_ctrl(context, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB,
                        reinterpret_cast<void (*)()>(OnStaple));
  SSL_CTX_set_tlsext_status_arg(context, this);
  if (!protocols_.empty()) SSL_CTX_set_alpn_select_cb(context, OnProtocols, this);
  // OpenSSL asks the context that the host's name has led to: each has it.
  SSL_CTX_set_keylog_callback(context, OnKeyLog);
}

void Context::SetStaple(std::size_t certificate, const File& file) {
  certificates_.at(certificate).SetStaple(file);
}

const TicketKeys* Context::ticket_keys() const noexcept {
  return tickets_ ? &tickets_->keys() : nullptr;
}

void Context::SetTicketKeys(const TicketKeys& keys) noexcept {
  if (tickets_ && !has_own_keys_) tickets_->SetKeys(keys);
}

SslPointer Context::MakeSsl() const { return SslPointer(Made(SSL_new(default_))); }

SSL_CTX* Context::Find(std::string_view host) const {
  const std::optional<ServerNames::Offer> offer = names_.Find(host);
  if (!offer) return nullptr;
  const auto found = contexts_.find(*offer);
  return found == contexts_.end() ? nullptr : found->second.get();
}

int Context::OnHello(SSL* ssl, int* /*alert*/, void* /*self*/) noexcept {
  // OpenSSL would name, for a session of TLS 1.2 that is resumed, the host of that time.
  const unsigned char* bytes = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &bytes, &size) == 1) {
    const std::string_view host = HostIn({reinterpret_cast<const char*>(bytes), size});
    if (IsPrintableHost(host)) Witness::Of(ssl).SetServerName(host);
  }
  return SSL_CLIENT_HELLO_SUCCESS;
}

int Context::OnServerName(SSL* ssl, int* alert, void* self) noexcept {
  const auto& context = *static_cast<const Context*>(self);
  SSL_CTX* const chosen = context.Find(Witness::Of(ssl).server_name());
  if (chosen == nullptr && context.does_reject_) {
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  // For a name that is not known nothing is confirmed (RFC 6066, 3).
  if (chosen == nullptr) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_SSL_CTX(ssl, chosen);
  return SSL_TLSEXT_ERR_OK;
}

int Context::OnProtocols(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* chosen_size,
                         const unsigned char* offered, unsigned offered_size, void* self) noexcept {
  const std::string& own = static_cast<const Context*>(self)->protocols_;
  unsigned char* selected = nullptr;
  const int found = SSL_select_next_proto(&selected, chosen_size,
                                          reinterpret_cast<const unsigned char*>(own.data()),
                                          static_cast<unsigned>(own.size()), offered, offered_size);
  *chosen = selected;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

std::string_view Context::StapleFor(const SSL* ssl, WallTime now) const noexcept {
  const X509* const used = SSL_get_certificate(ssl);
  for (const Certificate& each : certificates_) {
    if (each.x509() != used) continue;
    return each.staple().IsValid(now) ? each.staple().bytes() : std::string_view();
  }
  return {};
}

int Context::OnStaple(SSL* ssl, void* self) noexcept {
  Witness& witness = Witness::Of(ssl);
  if (!witness.staple()) {
    witness.SetStaple(static_cast<const Context*>(self)->StapleFor(ssl, witness.now()));
  }
  const std::string& bytes = *witness.staple();
  if (bytes.empty()) return SSL_TLSEXT_ERR_NOACK;
  void* const copy = OPENSSL_memdup(bytes.data(), bytes.size());
  if (copy == nullptr) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(bytes.size()));
  return SSL_TLSEXT_ERR_OK;
}

void Context::OnKeyLog(const SSL* ssl, const char* line) noexcept {
  Witness::Of(ssl).OnKeyLog(line);
  const auto& context = *static_cast<const Context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  if (context.key_log_) context.key_log_(line);
}

}  // namespace tined::handshake

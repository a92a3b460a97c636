#include "handshake/trust.hpp"

#include <fmt/format.h>

#include "handshake/pem.hpp"
#include "handshake/x509.hpp"

namespace tined::handshake {
namespace {

/// Verification goes on without a list that would say whether the trusted certificate at the
/// chain's end is revoked itself: it is trusted.
int Forgive(int is_right, X509_STORE_CTX* chain) {
  const int last = sk_X509_num(X509_STORE_CTX_get0_chain(chain)) - 1;
  if (is_right == 1 || X509_STORE_CTX_get_error_depth(chain) != last ||
      X509_STORE_CTX_get_error(chain) != X509_V_ERR_UNABLE_TO_GET_CRL) {
    return is_right;
  }
  X509_STORE_CTX_set_error(chain, X509_V_OK);
  return 1;
}

[[noreturn]] void RefuseAsOpenSsl(const File& file) {
  throw Refused({fmt::format("{}: OpenSSL refuses it: {}", file.name, TakeReason())});
}

}  // namespace

Trust::Trust(const ClientCertificates& settings, WallTime now)
    : store_(Made(X509_STORE_new())), is_required_(settings.is_required), depth_(settings.depth) {
  std::vector<std::string> problems;
  const auto attempt = [&](auto add, const File& file) {
    try {
      (this->*add)(file, now);
    } catch (const Refused& refused) {
      problems.insert(problems.end(), refused.problems().begin(), refused.problems().end());
    }
  };
  attempt(&Trust::AddAuthorities, settings.authorities);
  if (!settings.revoked.is_empty()) attempt(&Trust::AddRevoked, settings.revoked);
  if (!problems.empty()) throw Refused(std::move(problems));
  // An authority that is named is trusted, be it a root or not.
  X509_STORE_set_flags(store_.get(), X509_V_FLAG_PARTIAL_CHAIN);
  const std::string all =
      fmt::format("{} {} {} {} {}", is_required_, depth_, settings.authorities.bytes.size(),
                  settings.authorities.bytes, settings.revoked.bytes);
  EVP_Q_digest(nullptr, "SHA256", nullptr, all.data(), all.size(), digest_.data(), nullptr);
}

void Trust::AddAuthorities(const File& file, WallTime now) {
  authorities_ = ReadCertificates(file);
  for (const X509Pointer& each : authorities_) {
    if (X509_STORE_add_cert(store_.get(), each.get()) != 1) RefuseAsOpenSsl(file);
    const WallTime expires = TimeOf(X509_get0_notAfter(each.get()));
    if (now < expires) continue;
    warnings_.push_back(fmt::format("{}: the authority {} expired on {}: its clients are refused",
                                    file.name, SubjectOf(each.get()), TimeText(expires)));
  }
}

void Trust::AddRevoked(const File& file, WallTime now) {
  for (const CrlPointer& each : ReadRevocationLists(file)) {
    if (X509_STORE_add_crl(store_.get(), each.get()) != 1) RefuseAsOpenSsl(file);
    const ASN1_TIME* const next = X509_CRL_get0_nextUpdate(each.get());
    if (next == nullptr || now < TimeOf(next)) continue;
    warnings_.push_back(
        fmt::format("{}: the revocation list of {} is out of date since {}: clients of that "
                    "authority are refused until there is a new one",
                    file.name, NameText(X509_CRL_get_issuer(each.get())), TimeText(TimeOf(next))));
  }
  X509_STORE_set_flags(store_.get(), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
}

void Trust::Apply(SSL_CTX* context) const {
  SSL_CTX_set1_cert_store(context, store_.get());
  STACK_OF(X509_NAME)* const names = Made(sk_X509_NAME_new_null());
  for (const X509Pointer& each : authorities_) {
    sk_X509_NAME_push(names, X509_NAME_dup(X509_get_subject_name(each.get())));
  }
  SSL_CTX_set_client_CA_list(context, names);
  SSL_CTX_set_verify(
      context, SSL_VERIFY_PEER | (is_required_ ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), Forgive);
  SSL_CTX_set_verify_depth(context, depth_);
}

}  // namespace tined::handshake

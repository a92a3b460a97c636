#include "handshake/certificates.hpp"

#include <fmt/format.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "base/characters.hpp"
#include "handshake/chain.hpp"
#include "handshake/pem.hpp"
#include "handshake/x509.hpp"

namespace tined::handshake {
namespace {

using Problems = std::vector<std::string>;

void Append(Problems& problems, const Refused& refused) {
  problems.insert(problems.end(), refused.problems().begin(), refused.problems().end());
}

std::vector<std::string> NamesOf(const X509* certificate) {
  std::vector<std::string> names;
  for (AlternativeName& each : AlternativeNames(certificate)) {
    if (each.kind == "DNS" || each.kind == "IP") names.push_back(std::move(each.text));
  }
  // RFC 6125, 6.4.4: the common name counts where there is nothing else.
  if (names.empty()) names.push_back(CommonName(certificate));
  std::erase(names, std::string());
  for (std::string& name : names) {
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return ToLower(c); });
  }
  return names;
}

CertificateFacts FactsOf(const File& file, const X509* certificate) {
  EVP_PKEY* const key = X509_get0_pubkey(certificate);
  return {.file = file.name,
          .names = NamesOf(certificate),
          .begins = TimeOf(X509_get0_notBefore(certificate)),
          .expires = TimeOf(X509_get0_notAfter(certificate)),
          .key = key != nullptr ? KeyText(key) : std::string(),
          .issuer = IssuerOf(certificate)};
}

/// What is wrong with a certificate of a server, whatever its chain and its key.
Problems Faults(const CertificateFacts& facts, X509* certificate, WallTime now) {
  Problems faults;
  if (now >= facts.expires) {
    faults.push_back(fmt::format("expired on {}: renew it", TimeText(facts.expires)));
  } else if (now < facts.begins) {
    faults.push_back(
        fmt::format("is not valid before {}: check the clock of this machine, or wait until then",
                    TimeText(facts.begins)));
  }
  if (X509_check_purpose(certificate, X509_PURPOSE_SSL_SERVER, 0) != 1) {
    faults.emplace_back("is not for servers (extended key usage): have one issued for serverAuth");
  }
  if (facts.names.empty()) {
    faults.emplace_back("names no host: have one issued with subject alternative names");
  }
  return faults;
}

std::string GapText(const Gap& gap) {
  return gap.kind == Gap::Kind::certain
             ? fmt::format(
                   "its chain is incomplete, the certificate of {} is missing: append it to the "
                   "file",
                   gap.issuer)
             : fmt::format(
                   "has no issuer's certificate: only clients that trust {} itself will accept it",
                   gap.issuer);
}

/// An issuer of two may have expired, and clients find the other way (so with Let's Encrypt in 2021
/// and 2024).
void AddExpiredIssuers(const Chain& chain, WallTime now, Problems& warnings) {
  for (std::size_t i = 1; i < chain.links.size(); ++i) {
    X509* const issuer = chain.links[i].get();
    if (now < TimeOf(X509_get0_notAfter(issuer))) continue;
    warnings.push_back(fmt::format("its issuer {} expired on {}", SubjectOf(issuer),
                                   TimeText(TimeOf(X509_get0_notAfter(issuer)))));
  }
}

}  // namespace

Certificate::Certificate(const CertificateFiles& files, WallTime now) {
  Problems problems;
  try {
    Chain chain = ChainOf(ReadCertificates(files.certificate));
    X509* const own = chain.links.front().get();
    facts_ = FactsOf(files.certificate, own);
    Problems faults = Faults(facts_, own, now);
    for (std::string& each : Weaknesses(chain)) faults.push_back(std::move(each));
    if (const Gap gap = FindGap(chain); gap.kind != Gap::Kind::none) {
      (gap.kind == Gap::Kind::certain ? faults : warnings_).push_back(GapText(gap));
    }
    AddExpiredIssuers(chain, now, warnings_);
    for (std::string& each : faults) each.insert(0, files.certificate.name + ": ");
    for (std::string& each : warnings_) each.insert(0, files.certificate.name + ": ");
    problems = std::move(faults);
    chain_ = std::move(chain.links);
  } catch (const Refused& refused) {
    Append(problems, refused);
  }
  LoadKey(files, problems);
  if (!problems.empty()) throw Refused(std::move(problems));
  SetStaple(files.ocsp);
}

void Certificate::LoadKey(const CertificateFiles& files, Problems& problems) {
  try {
    key_ = ReadKey(files.key);
  } catch (const Refused& refused) {
    Append(problems, refused);
    return;
  }
  if (chain_.empty() || X509_check_private_key(chain_.front().get(), key_.get()) == 1) return;
  ForgetErrors();
  problems.push_back(
      fmt::format("{}: the key does not fit {}: give the key that its certificate was requested "
                  "with, or the certificate that belongs to the key",
                  files.key.name, files.certificate.name));
}

void Certificate::OfferIn(SSL_CTX* context) const {
  // OpenSSL takes no issuers when there are none; a null pointer would keep earlier ones.
  STACK_OF(X509)* const issuers = Made(sk_X509_new_null());
  for (std::size_t i = 1; i < chain_.size(); ++i) sk_X509_push(issuers, chain_[i].get());
  const bool is_taken =
      SSL_CTX_use_cert_and_key(context, chain_.front().get(), key_.get(), issuers, 1) == 1;
  sk_X509_free(issuers);
  if (is_taken) return;
  throw Refused({fmt::format("{}: OpenSSL refuses it: {}", facts_.file, TakeReason())});
}

void Certificate::SetStaple(const File& file) {
  staple_ = file.is_empty() ? Staple() : Staple(file, x509());
}

std::vector<Certificate> LoadCertificates(std::span<const CertificateFiles> files, WallTime now) {
  std::vector<Certificate> certificates;
  Problems problems;
  if (files.empty()) problems.emplace_back("there is no certificate: name one at least");
  for (const CertificateFiles& each : files) {
    try {
      certificates.emplace_back(each, now);
    } catch (const Refused& refused) {
      Append(problems, refused);
    }
  }
  if (!problems.empty()) throw Refused(std::move(problems));
  return certificates;
}

}  // namespace tined::handshake

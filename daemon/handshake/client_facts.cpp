#include "handshake/client_facts.hpp"

#include <fmt/format.h>

#include "handshake/x509.hpp"

namespace tined::handshake {

std::optional<ClientFacts> FactsOfClient(X509* certificate) {
  ClientFacts facts{.subject = SubjectOf(certificate),
                    .issuer = IssuerOf(certificate),
                    .names = {},
                    .serial = SerialText(certificate),
                    .fingerprint = Fingerprint(certificate),
                    .begins = TimeText(TimeOf(X509_get0_notBefore(certificate))),
                    .expires = TimeText(TimeOf(X509_get0_notAfter(certificate))),
                    .pem = PemOf(certificate)};
  std::size_t size = 0;
  for (const AlternativeName& each : AlternativeNames(certificate)) {
    facts.names.push_back(fmt::format("{}:{}", each.kind, each.text));
    size += facts.names.back().size() + 1;
  }
  for (const std::size_t length : {size, facts.subject.size(), facts.issuer.size()}) {
    if (length > ClientFacts::kLongestName) return std::nullopt;
  }
  if (facts.pem.size() > ClientFacts::kLongestPem) facts.pem.clear();
  return facts;
}

}  // namespace tined::handshake

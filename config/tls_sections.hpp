// The keys of TLS: what a listener shows its clients and asks of them, and the processes that do
// handshakes.
#pragma once

#include "config/layout.hpp"
#include "config/rules.hpp"
#include "config/service_sections.hpp"
#include "config/text_rules.hpp"

namespace tined::config {

template <>
struct Layout<Certificate> {
  static constexpr std::string_view kAbout =
      "A certificate and its key; its names say which hosts it is for.";
  static constexpr std::string_view kExample = "{certificate: site.pem, key: site.key}";
  static void Visit(auto& v, auto& certificate) {
    v.Whole(certificate.where);
    v.Required("certificate", certificate.certificate, kPath,
               "PEM: the server's certificate, then those of its issuers. Relative to this file.");
    v.Required("key", certificate.key, kPath,
               "PEM: its private key, not encrypted; only root needs to be able to read it.");
    v("ocsp", certificate.ocsp, kPath,
      "DER: an answer of the issuer's OCSP responder, which is stapled. Read again when it "
      "changes.");
  }
};

template <>
struct Layout<Tickets> {
  static constexpr std::string_view kAbout =
      "Sessions are resumed with tickets, whose keys all handshakers share; off: never.";
  static constexpr std::string_view kExample = "{rotate: 12h}";
  static void Visit(auto& v, auto& tickets) {
    v.Whole(tickets.where);
    v("rotate", tickets.rotate, DurationRange{seconds(1), std::chrono::hours(24 * 7)},
      "When there is another key.");
    v("keep", tickets.keep, NumberRange{0, 15},
      "How many earlier keys still open the tickets made with them; such a ticket is renewed.");
    v("keys", tickets.keys, kPath,
      "A file of keys that several machines share (`openssl rand 80`; several behind each other, "
      "the one that seals in front). Nothing is rotated then: write another file and reload.");
  }
};

template <>
struct Layout<ClientCertificates> {
  static constexpr std::string_view kAbout = "Asks clients for certificates. Absent: nobody is.";
  static constexpr std::string_view kExample = "{ca: clients.pem}";
  static void Visit(auto& v, auto& clients) {
    v.Whole(clients.where);
    v.Required("ca", clients.ca, kPath,
               "PEM: the authorities whose certificates are trusted. Relative to this file.");
    v("require", clients.require, Flag{},
      "A client without one is refused; false: it is served, and what answers can tell.");
    v("depth", clients.depth, NumberRange{0, 10},
      "How many certificates may lie between the client's and a trusted one.");
    v("crl", clients.crl, kPath,
      "PEM: lists of what is revoked, one of each authority in a client's chain.");
  }
};

template <>
struct Layout<Tls> {
  static constexpr std::string_view kAbout =
      "The listener speaks TLS (1.2 and 1.3; ECDHE and AEAD suites only). Absent: it does not.";
  static constexpr std::string_view kExample =
      "{certificates: [{certificate: site.pem, key: site.key}]}";
  static void Visit(auto& v, auto& tls) {
    using Version = Tls::Version;
    using UnknownHost = Tls::UnknownHost;
    v.Whole(tls.where);
    v.RequiredSections("certificates", tls.certificates,
                       "Chosen by the name that a client asks for; for one name there may be an "
                       "ECDSA and an RSA certificate.");
    v("min_version", tls.min_version,
      Choice<Version>{{{"1.2", Version::tls12}, {"1.3", Version::tls13}}},
      "The oldest version of TLS that is spoken.");
    v.List("groups", tls.groups, kGroup, "Groups for the exchange of keys, the best first.");
    v("unknown_host", tls.unknown_host,
      Choice<UnknownHost>{
          {{"default", UnknownHost::default_certificate}, {"reject", UnknownHost::reject}}},
      "What a client gets that asks for a name which no certificate has: the first certificate, or "
      "the alert unrecognized_name.");
    v.Switched("tickets", tls.tickets, "off");
    v.Optional("client_certificates", tls.client_certificates);
    v("handshake_timeout", tls.handshake_timeout, kTimeout,
      "How long a handshake may take, from the connection on.");
    v("key_log", tls.key_log, kPath,
      "For debugging alone: a file that gets the secrets of every session (SSLKEYLOGFILE), with "
      "which whoever has recorded it can read it.");
  }
};

template <>
struct Layout<Handshakers> {
  static constexpr std::string_view kAbout =
      "The processes that hold the private keys and do the handshakes of listeners with `tls`.";
  static constexpr std::string_view kExample = "{count: 2}";
  static void Visit(auto& v, auto& handshakers) {
    v("count", handshakers.count, NumberRange{1, 64, "auto"},
      "How many; auto: one, from four CPUs on two.");
    v("pending", handshakers.pending, NumberRange{1, 1'000'000},
      "Handshakes at once, of each; more connections wait to be accepted, "
      "or take the place of one that has had two seconds.");
  }
};

template <>
struct Layout<TlsEngine> {
  static constexpr std::string_view kAbout = "What holds for TLS on all listeners.";
  static constexpr std::string_view kExample = "{crypto: auto}";
  static void Visit(auto& v, auto& tls) {
    using Crypto = TlsEngine::Crypto;
    v("crypto", tls.crypto,
      Choice<Crypto>{{{"auto", Crypto::automatic},
                      {"ipsec_mb", Crypto::ipsec_mb},
                      {"openssl", Crypto::openssl}}},
      "Whose code encrypts and decrypts; auto: libipsec-mb where this tined has it.");
  }
};

}  // namespace tined::config

#include "handshaker/parcel.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>

#include "tls/facts.hpp"

namespace tined::handshaker {
namespace {

static_assert(tls::kLargestFacts <= ledger::kLargestFacts);

std::optional<std::string> TextOf(const handshake::Facts& facts) {
  tls::Facts told{.server_name = facts.server_name,
                  .protocol = facts.protocol,
                  .is_resumed = facts.is_resumed,
                  .client = {}};
  if (!facts.client) return tls::Encode(told);
  const handshake::ClientFacts& client = *facts.client;
  const std::string names = fmt::format("{}", fmt::join(client.names, " "));
  told.client = tls::ClientCertificate{.subject = client.subject,
                                       .issuer = client.issuer,
                                       .names = names,
                                       .serial = client.serial,
                                       .fingerprint = client.fingerprint,
                                       .begins = client.begins,
                                       .expires = client.expires,
                                       .pem = client.pem};
  return tls::Encode(told);
}

/// The session of a connection on which `sent` bytes are out.
void BeginAt(tls::Session& session, std::uint64_t sent) noexcept {
  tls::Outbound& sealed = session.outbound[tls::Selector().outbound()];
  sealed.window_begin = static_cast<std::uint32_t>(sent);
  sealed.window_size = 0;
  tls::SetCheck(session, sealed);
}

}  // namespace

std::optional<ledger::Parcel> MakeParcel(const Site& site, const ledger::Peer& peer,
                                         const handshake::Established& established,
                                         const Moved& moved) {
  const std::optional<std::string> facts = TextOf(established.facts);
  if (!facts) return std::nullopt;
  const std::string& beyond = established.beyond;
  std::optional<ledger::Parcel> made(std::in_place);
  ledger::Parcel& parcel = *made;
  parcel.facts.listener = site.name;
  parcel.facts.socket_id = site.socket_id;
  parcel.facts.peer = peer;
  parcel.facts.is_new = 1;
  parcel.tls = std::make_unique<ledger::TlsPart>();
  ledger::TlsPart& tls = *parcel.tls;
  tls.session = established.session;
  BeginAt(tls.session, moved.sent);
  tls.handshake_received = static_cast<std::uint32_t>(moved.received - beyond.size());
  tls.received = beyond.size();
  tls.records = beyond;
  tls.facts = *facts;
  ledger::Detach(parcel);
  return made;
}

}  // namespace tined::handshaker

#include "handshaker/start.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "channels/form.hpp"
#include "children/start_document.hpp"
#include "shared/handshaker_board.hpp"

namespace tined::handshaker {
namespace {

using nlohmann::json;

std::string Form() {
  return children::FormOf(channels::HandoffForm() ^ channels::LedgerForm() ^
                          sizeof(shared::HandshakerBoard));
}

template <typename T>
json PackOptional(const std::optional<T>& value) {
  return value ? json(*value) : json();
}

std::optional<std::string> UnpackOptional(const json& packed) {
  return packed.is_null() ? std::nullopt : std::optional(packed.get<std::string>());
}

Duration UnpackDuration(const json& packed) { return Duration(packed.get<std::int64_t>()); }

json Pack(const config::Certificate& certificate, const Files::Certificate& files) {
  return {{"names", {certificate.certificate, certificate.key, PackOptional(certificate.ocsp)}},
          {"files", {files.certificate, files.key, files.ocsp}}};
}

void Unpack(const json& packed, config::Certificate& certificate, Files::Certificate& files) {
  const json& names = packed.at("names");
  names.at(0).get_to(certificate.certificate);
  names.at(1).get_to(certificate.key);
  certificate.ocsp = UnpackOptional(names.at(2));
  const json& numbers = packed.at("files");
  numbers.at(0).get_to(files.certificate);
  numbers.at(1).get_to(files.key);
  numbers.at(2).get_to(files.ocsp);
}

json Pack(const std::optional<config::Tickets>& tickets) {
  if (!tickets) return {};
  return json::array({tickets->rotate.count(), tickets->keep, PackOptional(tickets->keys)});
}

std::optional<config::Tickets> UnpackTickets(const json& packed) {
  if (packed.is_null()) return std::nullopt;
  config::Tickets tickets;
  tickets.rotate = UnpackDuration(packed.at(0));
  packed.at(1).get_to(tickets.keep);
  tickets.keys = UnpackOptional(packed.at(2));
  return tickets;
}

json Pack(const std::optional<config::ClientCertificates>& clients) {
  if (!clients) return {};
  return json::array({clients->ca, clients->require, clients->depth, PackOptional(clients->crl)});
}

std::optional<config::ClientCertificates> UnpackClients(const json& packed) {
  if (packed.is_null()) return std::nullopt;
  config::ClientCertificates clients;
  packed.at(0).get_to(clients.ca);
  packed.at(1).get_to(clients.require);
  packed.at(2).get_to(clients.depth);
  clients.crl = UnpackOptional(packed.at(3));
  return clients;
}

json Pack(const Listener& listener) {
  const config::Tls& tls = listener.tls;
  const Files& files = listener.files;
  json certificates = json::array();
  for (std::size_t i = 0; i < tls.certificates.size(); ++i) {
    certificates.push_back(Pack(tls.certificates[i], files.certificates.at(i)));
  }
  json sockets = json::array();
  for (const Socket& socket : listener.sockets) {
    sockets.push_back(json::array({socket.descriptor, socket.id}));
  }
  return {{"name", listener.name},
          {"protocols", listener.protocols},
          {"certificates", std::move(certificates)},
          {"min_version", static_cast<int>(tls.min_version)},
          {"groups", tls.groups},
          {"unknown_host", static_cast<int>(tls.unknown_host)},
          {"tickets", Pack(tls.tickets)},
          {"client_certificates", Pack(tls.client_certificates)},
          {"handshake_timeout", tls.handshake_timeout.count()},
          {"key_log", PackOptional(tls.key_log)},
          {"files", {files.ticket_keys, files.ca, files.crl, files.key_log}},
          {"sockets", std::move(sockets)}};
}

void UnpackSettings(const json& packed, config::Tls& tls) {
  tls.min_version = static_cast<config::Tls::Version>(packed.at("min_version").get<int>());
  packed.at("groups").get_to(tls.groups);
  tls.unknown_host = static_cast<config::Tls::UnknownHost>(packed.at("unknown_host").get<int>());
  tls.tickets = UnpackTickets(packed.at("tickets"));
  tls.client_certificates = UnpackClients(packed.at("client_certificates"));
  tls.handshake_timeout = UnpackDuration(packed.at("handshake_timeout"));
  tls.key_log = UnpackOptional(packed.at("key_log"));
}

Listener UnpackListener(const json& packed) {
  Listener listener;
  packed.at("name").get_to(listener.name);
  packed.at("protocols").get_to(listener.protocols);
  UnpackSettings(packed, listener.tls);
  for (const json& each : packed.at("certificates")) {
    Unpack(each, listener.tls.certificates.emplace_back(),
           listener.files.certificates.emplace_back());
  }
  const json& files = packed.at("files");
  files.at(0).get_to(listener.files.ticket_keys);
  files.at(1).get_to(listener.files.ca);
  files.at(2).get_to(listener.files.crl);
  files.at(3).get_to(listener.files.key_log);
  for (const json& each : packed.at("sockets")) {
    listener.sockets.push_back({each.at(0).get<int>(), each.at(1).get<ledger::SocketId>()});
  }
  return listener;
}

void AddDescriptors(const Listener& listener, std::vector<int>& all) {
  const Files& files = listener.files;
  for (const Files::Certificate& each : files.certificates) {
    all.insert(all.end(), {each.certificate, each.key, each.ocsp});
  }
  all.insert(all.end(), {files.ticket_keys, files.ca, files.crl, files.key_log});
  for (const Socket& socket : listener.sockets) all.push_back(socket.descriptor);
}

}  // namespace

std::vector<int> Start::Descriptors() const {
  std::vector<int> all = {control, give, board, tickets};
  for (const Listener& listener : listeners) AddDescriptors(listener, all);
  std::erase_if(all, [](int fd) { return fd < 0; });
  return all;
}

std::vector<int*> CopiedFiles(Files& files) {
  std::vector<int*> all;
  for (Files::Certificate& each : files.certificates) {
    all.insert(all.end(), {&each.certificate, &each.key});
  }
  all.insert(all.end(), {&files.ticket_keys, &files.ca, &files.crl});
  return all;
}

bool IsSealed(int file) noexcept {
  const int seals = ::fcntl(file, F_GET_SEALS);
  return seals >= 0 && (seals & kSeals) == kSeals;
}

Descriptor Write(const Start& start) {
  json listeners = json::array();
  for (const Listener& listener : start.listeners) listeners.push_back(Pack(listener));
  return children::WriteDocument(
      {{"is_check", start.is_check},
       {"log", {static_cast<int>(start.log.level), static_cast<int>(start.log.format)}},
       {"pending", start.pending},
       {"listeners", std::move(listeners)},
       {"identity", children::Pack(start.identity)},
       {"generation", start.generation},
       {"number", start.number},
       {"makes_copies", start.makes_copies},
       {"descriptors", {start.control, start.give, start.board, start.tickets}}},
      Form());
}

Start Read(int memory) {
  try {
    const json document = children::ReadDocument(memory, Form(), "tined-handshaker");
    Start start;
    document.at("is_check").get_to(start.is_check);
    const json& log = document.at("log");
    start.log = {static_cast<log::Level>(log.at(0).get<int>()),
                 static_cast<log::Format>(log.at(1).get<int>())};
    document.at("pending").get_to(start.pending);
    for (const json& each : document.at("listeners")) {
      start.listeners.push_back(UnpackListener(each));
    }
    start.identity = children::UnpackIdentity(document.at("identity"));
    document.at("generation").get_to(start.generation);
    document.at("number").get_to(start.number);
    document.at("makes_copies").get_to(start.makes_copies);
    const json& descriptors = document.at("descriptors");
    descriptors.at(0).get_to(start.control);
    descriptors.at(1).get_to(start.give);
    descriptors.at(2).get_to(start.board);
    descriptors.at(3).get_to(start.tickets);
    return start;
  } catch (const json::exception& error) {
    throw std::runtime_error(
        fmt::format("what the supervisor has written makes no sense: {}", error.what()));
  }
}

}  // namespace tined::handshaker

#include "http/cgi_variables.hpp"

#include <algorithm>
#include <array>

#include "base/characters.hpp"
#include "base/version.hpp"
#include "http/characters.hpp"
#include "http/host.hpp"
#include "http/list.hpp"
#include "http/peer_address.hpp"

namespace tined::http {
namespace {

/// Header fields that are not for programs, or that have a variable of their own.
constexpr std::array<Name, 13> kLeftOut = {Name::connection,
                                           Name::keep_alive,
                                           Name::proxy_connection,
                                           Name::te,
                                           Name::trailer,
                                           Name::transfer_encoding,
                                           Name::upgrade,
                                           Name::content_length,
                                           Name::content_type,
                                           Name::expect,
                                           Name::proxy_authorization,
                                           Name::proxy_authenticate,
                                           Name::authorization};

bool IsLeftOut(const Field& field, bool with_authorization) {
  if (field.id == Name::authorization) return !with_authorization;
  return std::find(kLeftOut.begin(), kLeftOut.end(), field.id) != kLeftOut.end() ||
         EqualsIgnoreCase(field.name, "proxy");
}

/// "HTTP_ACCEPT_LANGUAGE"; empty for a name that another could be taken for.
std::string VariableName(std::string_view field) {
  std::string name = "HTTP_";
  for (const char c : field) {
    if (!IsLetterOrDigit(c) && c != '-') return {};
    if (c == '-') {
      name.push_back('_');
    } else {
      name.push_back(ToUpper(c));
    }
  }
  return name;
}

void AddFields(const Request& request, bool with_authorization, CgiVariables& variables) {
  for (const Field& field : request.fields) {
    if (IsLeftOut(field, with_authorization)) continue;
    std::string name = VariableName(field.name);
    if (name.empty()) continue;
    const auto [at, is_new] = variables.try_emplace(std::move(name), field.value);
    // Cookie is the one list with another separator (RFC 6265, 5.4).
    if (!is_new) at->second.append(field.id == Name::cookie ? "; " : ", ").append(field.value);
  }
}

void AddPeer(const ledger::Peer* peer, CgiVariables& variables) {
  const std::string address = AddressOf(peer);
  // A unix socket's client has no address; the variable has to be there all the same.
  variables["REMOTE_ADDR"] = address.empty() ? "127.0.0.1" : address;
  const bool has_port = !address.empty() && peer->port != 0;
  if (has_port) variables["REMOTE_PORT"] = std::to_string(peer->port);
}

void AddServer(const Request& request, std::uint16_t port, CgiVariables& variables) {
  const std::string_view name = HostWithoutPort(request.host);
  variables["SERVER_NAME"] = name.empty() ? "localhost" : name;
  // Behind a proxy the port is the one that the client has asked, not the listener's.
  if (port != 0 && request.scheme == Request::Scheme::of_connection) {
    variables["SERVER_PORT"] = std::to_string(port);
  } else {
    const bool has_port = request.host.size() > name.size() + 1;
    const std::string_view usual = request.is_https() ? "443" : "80";
    variables["SERVER_PORT"] = has_port ? request.host.substr(name.size() + 1) : usual;
  }
  variables["SERVER_PROTOCOL"] = request.major_version == 2   ? "HTTP/2.0"
                                 : request.minor_version == 0 ? "HTTP/1.0"
                                                              : "HTTP/1.1";
  variables["SERVER_SOFTWARE"] = "tined/" + std::string(kVersion);
}

/// Under the names that Apache's mod_ssl has for them, as programs know them.
void AddClientCertificate(const tls::ClientCertificate& client, CgiVariables& variables) {
  variables["SSL_CLIENT_VERIFY"] = "SUCCESS";
  variables["SSL_CLIENT_S_DN"] = client.subject;
  variables["SSL_CLIENT_I_DN"] = client.issuer;
  variables["SSL_CLIENT_SAN"] = client.names;
  variables["SSL_CLIENT_M_SERIAL"] = client.serial;
  variables["SSL_CLIENT_FINGERPRINT"] = client.fingerprint;
  variables["SSL_CLIENT_V_START"] = client.begins;
  variables["SSL_CLIENT_V_END"] = client.expires;
  if (!client.pem.empty()) variables["SSL_CLIENT_CERT"] = client.pem;
}

void AddScheme(const Request& request, CgiVariables& variables) {
  variables["REQUEST_SCHEME"] = request.is_https() ? "https" : "http";
  if (request.is_https()) variables["HTTPS"] = "on";
}

void AddTls(const tls::Told* tls, CgiVariables& variables) {
  if (tls == nullptr) return;
  const tls::Facts facts = tls::Decode(tls->facts);
  variables["SSL_PROTOCOL"] = tls::NameOf(tls->version);
  variables["SSL_CIPHER"] = tls::NameOf(tls->suite);
  variables["SSL_SESSION_RESUMED"] = facts.is_resumed ? "Resumed" : "Initial";
  if (!facts.server_name.empty()) variables["SSL_SERVER_NAME"] = facts.server_name;
  if (facts.client) return AddClientCertificate(*facts.client, variables);
  variables["SSL_CLIENT_VERIFY"] = "NONE";
}

}  // namespace

CgiVariables MakeCgiVariables(const Request& request, const CgiPlace& place) {
  CgiVariables variables;
  AddFields(request, place.with_authorization, variables);
  AddPeer(request.peer, variables);
  AddServer(request, place.port, variables);
  AddScheme(request, variables);
  AddTls(request.tls, variables);
  variables["GATEWAY_INTERFACE"] = "CGI/1.1";
  variables["REQUEST_METHOD"] = request.method_text;
  variables["REQUEST_URI"] = request.target;
  variables["SCRIPT_NAME"] = place.script_name;
  variables["SCRIPT_FILENAME"] = place.script_filename;
  variables["QUERY_STRING"] = request.query;
  if (!request.request_id.empty()) variables["REQUEST_ID"] = request.request_id;
  if (!request.user.empty()) {
    variables["AUTH_TYPE"] = "Basic";
    variables["REMOTE_USER"] = request.user;
  }
  if (!place.path_info.empty()) variables["PATH_INFO"] = place.path_info;
  if (!request.body.empty()) variables["CONTENT_LENGTH"] = std::to_string(request.body.size());
  if (const auto* const type = request.Find(Name::content_type)) variables["CONTENT_TYPE"] = *type;
  return variables;
}

}  // namespace tined::http

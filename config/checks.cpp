// Checks across the keys of one section: each value is possible, together they are not.
#include <fmt/format.h>

#include <algorithm>

#include "config/address_text.hpp"
#include "config/environment.hpp"
#include "config/path_pattern.hpp"
#include "config/reader.hpp"

namespace tined::config {

void CheckSection(Restart& restart, const Findings& findings) {
  if (findings.has_problems() || restart.backoff <= restart.backoff_max) return;
  findings.Refuse(
      findings.Has("backoff_max") ? "backoff_max" : "backoff",
      fmt::format("`backoff` ({}) must not be longer than `backoff_max` ({})",
                  FormatDuration(restart.backoff), FormatDuration(restart.backoff_max)));
}

namespace {

/// RFC 9110, 15: what an answer with this status is not allowed to lack, beside what this server
/// adds itself.
std::string_view FieldThatMustBeThere(int status) {
  switch (status) {
    case 206:
      return "Content-Range";
    case 401:
      return "WWW-Authenticate";
    case 407:
      return "Proxy-Authenticate";
    case 426:
      return "Upgrade";
    default:
      return {};
  }
}

}  // namespace

void CheckSection(Respond& respond, const Findings& findings) {
  const int status = respond.status;
  const bool is_bodiless = status == 204 || status == 205 || status == 304;
  if (findings.has_problems()) return;
  if (is_bodiless && !respond.body.empty()) {
    findings.Refuse("body", fmt::format("an answer with status {} has no body", status));
  }
  if (const std::string_view field = FieldThatMustBeThere(status); !field.empty()) {
    findings.Refuse("status",
                    fmt::format("an answer with status {} must have the field {}, which `respond` "
                                "cannot give it; a module or a program can",
                                status, field));
  }
}

namespace {

/// What keeps `type` out of the table of types, or nothing.
std::string TypeFault(const Setting& type) {
  if (type.key.empty() || type.key.find_first_of("./") != std::string::npos) {
    return fmt::format("{} is not what follows the last dot of a name, without that dot",
                       Quoted(type.key));
  }
  if (kMediaType.Read(type.text, {}).value) return {};
  return fmt::format("the value of {} must be {}", Quoted(type.key), kMediaType.Expected());
}

void CheckTypes(const Setting& types, const Findings& findings) {
  if (types.kind != Setting::Kind::map && types.kind != Setting::Kind::null) {
    return findings.Refuse("types", fmt::format("`types` must be {}", TypeMap::kExpected));
  }
  for (const Setting& type : types.items) {
    if (std::string fault = TypeFault(type); !fault.empty()) {
      findings.Refuse("types", std::move(fault));
    }
  }
}

void CheckCandidates(const std::vector<std::string>& candidates, const Findings& findings) {
  const auto end = std::find(candidates.begin(), candidates.end(), "=404");
  if (end == candidates.end() || end + 1 == candidates.end()) return;
  findings.Refuse("try", "nothing behind `=404` is ever tried; it stands last");
}

}  // namespace

void CheckSection(Static& files, const Findings& findings) {
  CheckTypes(files.types, findings);
  if (findings.has_problems()) return;
  CheckCandidates(files.candidates, findings);
  for (const std::string& name : files.index) {
    const bool is_visible =
        files.hidden || !name.starts_with('.') || std::ranges::count(files.visible, name) > 0;
    if (is_visible) continue;
    findings.Refuse("index", fmt::format("{} begins with a dot: with `hidden: false` it is never "
                                         "served",
                                         Quoted(name)));
  }
}

namespace {

/// What keeps `variable` out of a program's environment, or nothing.
std::string VariableFault(const Setting& variable) {
  if (!IsVariableName(variable.key)) {
    return fmt::format("{} is no name of a variable: letters, digits and _ are",
                       Quoted(variable.key));
  }
  const bool has_text = variable.kind != Setting::Kind::list && variable.kind != Setting::Kind::map;
  if (!has_text) return fmt::format("the value of {} must be text", Quoted(variable.key));
  const bool has_nul = variable.text.find('\0') != std::string::npos;
  return has_nul ? fmt::format("the value of {} has a NUL in it", Quoted(variable.key)) : "";
}

void CheckEnvironment(const Setting& environment, const Findings& findings) {
  if (environment.kind != Setting::Kind::map && environment.kind != Setting::Kind::null) {
    return findings.Refuse("environment",
                           "`environment` must be a map of variables such as {NAME: value}");
  }
  for (const Setting& variable : environment.items) {
    if (std::string fault = VariableFault(variable); !fault.empty()) {
      findings.Refuse("environment", std::move(fault));
    }
  }
}

}  // namespace

void CheckSection(Module& module, const Findings& findings) {
  if (module.processes && module.run != Module::Run::process && !findings.has_problems()) {
    findings.Refuse("processes", "`processes` is for modules with `run: process`");
  }
}

void CheckSection(Program& program, const Findings& findings) {
  if (findings.has_problems()) return;
  if (program.root.has_value() == program.file.has_value()) {
    findings.Refuse(program.root ? "file" : "root",
                    "`program` has either `root`, a directory of programs, or `file`, one program");
  }
  CheckEnvironment(program.environment, findings);
}

void CheckSection(FastCgi& fastcgi, const Findings& findings) {
  if (findings.has_problems()) return;
  if (!fastcgi.root && !fastcgi.candidates.empty()) {
    findings.Refuse("try", "`try` looks for files below `root`, which is not given");
  }
  CheckCandidates(fastcgi.candidates, findings);
  CheckEnvironment(fastcgi.environment, findings);
}
void CheckSection(Match& match, const Findings& findings) {
  if (findings.has_problems() || match.glob.has_value() != match.regex.has_value()) return;
  findings.Refuse(
      match.glob ? "regex" : "glob",
      "`match` has either `glob`, a pattern of names, or `regex`, a regular expression");
}

namespace {

/// The parts of requests in what a route says of addresses, and the key that says it.
std::pair<std::string_view, std::string> AddressOf(const Route& route) {
  if (route.rewrite) return {"rewrite", *route.rewrite};
  const auto* const redirect = std::get_if<Redirect>(&route.handler);
  return redirect == nullptr ? std::pair<std::string_view, std::string>()
                             : std::pair<std::string_view, std::string>{"redirect", redirect->to};
}

void CheckAddress(const Route& route, const Findings& findings) {
  const auto [key, text] = AddressOf(route);
  const int wanted = ParseAddressText(text).groups;
  if (wanted == 0) return;
  if (!route.match || !route.match->regex) {
    return findings.Refuse(key,
                           fmt::format("`${}` is a group of the route's `match: {{regex: ...}}`, "
                                       "which is not there",
                                       wanted));
  }
  const int there = PathPattern(*route.match).groups();
  if (wanted <= there) return;
  findings.Refuse(key, fmt::format("there is no group `${}`: `regex` has {}", wanted, there));
}

}  // namespace

void CheckSection(Route& route, const Findings& findings) {
  if (!findings.has_problems()) CheckAddress(route, findings);
  if (route.admission.limits && route.admission.limits->connections && !findings.has_problems()) {
    findings.Refuse("limits",
                    "`connections` is for a listener: which route a connection is for is known "
                    "when it has been made");
  }
  if (route.exact && route.match && !findings.has_problems()) {
    findings.Refuse("match", "a route with `exact: true` has one path: nothing is left to match");
  }
  const bool looks_at_path = !std::holds_alternative<Respond>(route.handler) &&
                             !std::holds_alternative<Redirect>(route.handler);
  if (route.rewrite && !looks_at_path && !findings.has_problems()) {
    findings.Refuse("rewrite",
                    "`rewrite` is what a handler sees of the path; fixed answers do not "
                    "look at it, and `redirect` says with `to` where it leads");
  }
  // What is only half right takes no part in comparisons with other routes.
  if (findings.has_problems()) route.path.clear();
}

void CheckSection(Tls& tls, const Findings& findings) {
  if (tls.groups.empty() && !findings.has_problems()) {
    findings.Refuse("groups", "without `groups` no handshake can be done; name one at least");
  }
}

namespace {

void CheckProxies(const Listener& listener, const Findings& findings) {
  if (listener.trusted_proxies.size() > kMostNetworks) {
    findings.Refuse("trusted_proxies", fmt::format("{} networks, at most {} are possible",
                                                   listener.trusted_proxies.size(), kMostNetworks));
  }
  if (findings.Has("forwarded") && !findings.Has("trusted_proxies")) {
    findings.Refuse("forwarded", "`forwarded` without `trusted_proxies` has no effect; name them");
  }
  const auto& limits = listener.admission.limits;
  const bool limits_connections =
      limits && limits->connections && !limits->body && !limits->rate && !limits->in_flight;
  for (const std::string_view key : {"trusted_proxies", "access", "auth", "limits"}) {
    if (!listener.stream || !findings.Has(key)) continue;
    // As it is printed where there are none.
    if (key == "trusted_proxies" && listener.trusted_proxies.empty()) continue;
    if (key == "limits" && limits_connections) continue;
    findings.Refuse(key,
                    fmt::format("{} is for `routes`, a `stream` has no requests", Quoted(key)));
  }
}

}  // namespace

void CheckSection(Listener& listener, const Findings& findings) {
  CheckProxies(listener, findings);
  const bool is_unix = listener.address.kind == Address::Kind::unix_path;
  if (listener.mode && !is_unix && !listener.address.text.empty()) {
    findings.Refuse("mode", fmt::format("`mode` is for unix sockets, {} is none",
                                        Quoted(listener.address.text)));
  }
  if (listener.tls && is_unix) {
    findings.Refuse("tls",
                    "`tls` is for TCP, and this is a unix socket, which nobody on the way "
                    "can read; whoever ends TLS in front of it can use it as it is");
  }
  if (listener.protocols.empty() && !findings.has_problems()) {
    findings.Refuse("protocols", "with no `protocols` nobody is understood; name http1 or http2");
  }
  if (is_unix && !listener.mode) listener.mode = kDefaultSocketMode;
  if (listener.stream && !listener.routes.empty()) {
    findings.Refuse("stream", "a listener has either `routes` (HTTP) or a `stream`, not both");
  }
}

namespace {

/// What is said for all listeners is said of each that says nothing of it itself.
void SpreadConnectionLimit(Config& config) {
  if (!config.limits.connections) return;
  for (Listener& listener : config.listeners) {
    auto& limits = listener.admission.limits;
    if (!limits) limits.emplace();
    if (!limits->connections) limits->connections = config.limits.connections;
  }
}

}  // namespace

void CheckSection(Config& config, const Findings& findings) {
  SpreadConnectionLimit(config);
  if (!config.group.empty() && config.user.empty() && !findings.has_problems()) {
    findings.Refuse("group", "`group` without `user` has no effect; name the user too");
  }
  const std::size_t modules = ProcessModulesOf(config).size();
  if (modules > kMostProcessModules) {
    findings.Refuse("listeners", fmt::format("{} routes and streams with `run: process`, at most "
                                             "{} are possible",
                                             modules, kMostProcessModules));
  }
}

}  // namespace tined::config

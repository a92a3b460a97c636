// The keys of a configuration, from its top down: listeners, their routes and streams here, the
// rest in the headers that this one includes.
#pragma once

#include "config/admission_sections.hpp"
#include "config/answer_sections.hpp"
#include "config/handler_sections.hpp"
#include "config/http2_sections.hpp"
#include "config/route_rules.hpp"
#include "config/service_sections.hpp"
#include "config/tls_sections.hpp"

namespace tined::config {

inline constexpr std::uint32_t kDefaultSocketMode = 0660;

template <>
struct Layout<Match> {
  static constexpr std::string_view kAbout =
      "Of the paths below the route's own only those that a pattern fits; routes with one are "
      "looked at before those without, in the order in which they stand.";
  static constexpr std::string_view kExample = "{glob: '*.php'}";
  static constexpr std::array<std::string_view, 2> kEither = {"glob", "regex"};
  static void Visit(auto& v, auto& match) {
    v("glob", match.glob, kGlob,
      "As in a shell: * and ? stand for what has no slash, ** for anything, [a-z] and {one,other}. "
      "One that begins with a slash is for the whole path, any other for its last name.");
    v("regex", match.regex, kRegex,
      "A regular expression (RE2's syntax), found anywhere in the path unless it says ^ and $.");
  }
};

template <>
struct Layout<Route> {
  static constexpr std::string_view kAbout = "What answers the requests for a path.";
  static constexpr std::string_view kExample = "{path: /, static: {root: /srv/www}}";
  static void Visit(auto& v, auto& route) {
    v.Whole(route.where);
    v("path", route.path, kRoutePath,
      "The route takes this path and all below it; the longest path that fits wins. Decoded: write "
      "the characters, not their %XX.");
    v("exact", route.exact, Flag{}, "The route takes this path alone, nothing below it.");
    v.Optional("match", route.match);
    v.List(
        "host", route.hosts, kHostName,
        "Only requests for these hosts, without port; \"*.example.org\": all names below. Empty: "
        "any.");
    v.List("methods", route.methods, kMethod,
           "Only requests with these methods; GET takes HEAD as well. Empty: any.");
    v("rewrite", route.rewrite, kRewrite,
      "The path that the handler sees in place of the request's, whole, whatever the route's is: "
      "with "
      "$path, $rest (what follows the route's path), $host and $1 to $9 (groups of `match`). With "
      "a "
      "`?` in it, the query as well.");
    v("replay", route.replay,
      Choice<Replay>{
          {{"safe", Replay::safe}, {"idempotent", Replay::idempotent}, {"none", Replay::none}}},
      "Which requests may be run again when their worker died: safe (GET, HEAD, OPTIONS), "
      "idempotent (PUT and DELETE too) or none.");
    v.Optional("limits", route.admission.limits);
    v.Optional("access", route.admission.access);
    v.Optional("auth", route.admission.auth);
    v.Optional("request_id", route.request_id);
    v.Optional("headers", route.answers.headers);
    v.Optional("cache", route.answers.cache);
    v.Optional("compress", route.answers.compress);
    v.Optional("cors", route.answers.cors);
    v.Optional("errors", route.answers.errors);
    v.OneOf(route.handler);
    v.Later({"status"});
  }
};

template <>
struct Layout<Stream> {
  static constexpr std::string_view kAbout =
      "Hands raw connections to code instead: bytes in, bytes out.";
  static constexpr std::string_view kExample = "{module: {file: /usr/lib/tined/echo.so}}";
  static void Visit(auto& v, auto& stream) {
    v.OneOf(stream.handler);
    v("replay", stream.replay,
      Choice<Replay>{{{"none", Replay::none}, {"idempotent", Replay::idempotent}}},
      "Whether a message may be handled again when its worker died while it was being handled.");
  }
};

template <>
struct Layout<Listener> {
  static constexpr std::string_view kAbout = "One listening socket.";
  static constexpr std::string_view kExample =
      "{name: web, address: 127.0.0.1:8080, routes: [...]}";
  static void Visit(auto& v, auto& listener) {
    v.Whole(listener.where);
    v.Required("name", listener.name, kListenerName, "Its name in logs and in drop-ins.");
    v.Required("address", listener.address, AddressRule{},
               "IP:PORT, [IPV6]:PORT, localhost:PORT, unix:PATH, or systemd:NAME for a socket that "
               "systemd passes.");
    v("mode", listener.mode, FileMode{kDefaultSocketMode},
      "Permissions of a unix socket, in octal.");
    v("backlog", listener.backlog, NumberRange{1, 65535},
      "How many connections may wait to be accepted; the kernel caps it at net.core.somaxconn.");
    v.Optional("tls", listener.tls);
    v.List("protocols", listener.protocols,
           Choice<HttpVersion>{{{"http2", HttpVersion::http2}, {"http1", HttpVersion::http1}}},
           "What its clients may speak, the best first.");
    v.Section("http2", listener.http2);
    v.List("trusted_proxies", listener.trusted_proxies, NetworkRule{},
           "Networks of proxies whose word on who asks, and by which scheme, is believed; unix: "
           "who comes by a unix socket.");
    v("forwarded", listener.forwarded,
      Choice<ForwardedBy>{{{"x", ForwardedBy::x}, {"rfc7239", ForwardedBy::rfc7239}}},
      "The fields that they say it with: x, X-Forwarded-For and X-Forwarded-Proto; rfc7239, "
      "Forwarded.");
    v.Optional("limits", listener.admission.limits);
    v.Optional("access", listener.admission.access);
    v.Optional("auth", listener.admission.auth);
    v.Optional("request_id", listener.request_id);
    v.Optional("headers", listener.answers.headers);
    v.Optional("cache", listener.answers.cache);
    v.Optional("compress", listener.answers.compress);
    v.Optional("cors", listener.answers.cors);
    v.Optional("errors", listener.answers.errors);
    v.Sections("routes", listener.routes, "What it serves.");
    v.Optional("stream", listener.stream);
  }
};

template <>
struct Layout<Config> {
  static constexpr std::string_view kAbout = "For editors. tined --check has the last word.";
  static constexpr std::string_view kExample = "{listeners: [...]}";
  /// Here, or in a drop-in.
  static constexpr std::string_view kNeeded = "listeners";
  static void Visit(auto& v, auto& config) {
    v("user", config.user, kAccountName,
      "Whom the workers run as when tined is started as root, which needs it: `root` if that is "
      "meant. Ignored when started as anybody else.");
    v.Where("user", config.user_where);
    v("group", config.group, kAccountName, "Their group. Empty: the user's own.");
    v.Where("group", config.group_where);
    v.Section("workers", config.workers);
    v("drain_timeout", config.drain_timeout,
      DurationRange{milliseconds(100), std::chrono::hours(24), true},
      "How long open requests may take to finish when tined stops or reloads.");
    v("rescue", config.rescue, Flag{},
      "Carries on the connections of workers that die (by ptrace). false: for debuggers.");
    v.Section("timeouts", config.timeouts);
    v.Section("limits", config.limits);
    v.Section("backends", config.backends);
    v.Section("handshakers", config.handshakers);
    v.Section("tls", config.tls);
    v.Section("log", config.log);
    v.Optional("access_log", config.access_log);
    v("control", config.control, kControlPath,
      "Path of the control socket for tinectl; none: no socket. By default control.sock in the "
      "service's $RUNTIME_DIRECTORY, else /run/tined/control.sock, or below $XDG_RUNTIME_DIR when "
      "not root.");
    v.Where("control", config.control_where);
    v.Sections("listeners", config.listeners, "What tined listens on. Files in conf.d/ add to it.");
  }
};

}  // namespace tined::config

// The keys of what asks other servers: proxy, fastcgi.
#pragma once

#include "config/layout.hpp"
#include "config/route_rules.hpp"
#include "config/rules.hpp"
#include "config/service_sections.hpp"
#include "config/upstream_rules.hpp"

namespace tined::config {

/// The keys of every section that asks servers.
void VisitUpstream(auto& v, auto& upstream) {
  using Balance = Upstream::Balance;
  v.RequiredList("to", upstream.to, ServerRule{},
                 "The servers. One that cannot be reached is left out for a while that grows from "
                 "1 s to 30 s.");
  v("balance", upstream.balance,
    Choice<Balance>{{{"least_busy", Balance::least_busy}, {"round_robin", Balance::round_robin}}},
    "Which of several servers is asked: the one with the fewest requests of this worker, or each "
    "in its turn.");
  v("connections", upstream.connections, NumberRange{1, 100'000},
    "Connections to one server, of each worker; requests that would need more get 503.");
  v("connect", upstream.connect, DurationRange{milliseconds(10), std::chrono::minutes(1)},
    "How long connecting to a server may take: then another one is asked, and 504 if there is "
    "none.");
  v("timeout", upstream.timeout, kTimeout,
    "Longest silence of a server while it is waited for: 504 if nothing of the answer is out.");
  v("retry", upstream.retry,
    Choice<Upstream::Retry>{{{"safe", Upstream::Retry::safe}, {"none", Upstream::Retry::none}}},
    "What is sent once more when a server closes a connection that it has kept without a word: "
    "safe, what changes nothing (GET, HEAD, OPTIONS); none. What no server has seen anything of "
    "is always sent to another.");
}

template <>
struct Layout<Proxy> {
  static constexpr std::string_view kKey = "proxy";
  static constexpr std::string_view kAbout =
      "Answers with what another server answers, which speaks HTTP/1.1.";
  static constexpr std::string_view kExample = "{to: '127.0.0.1:9000'}";
  static void Visit(auto& v, auto& proxy) {
    using Forwarded = Proxy::Forwarded;
    v.Whole(proxy.where);
    VisitUpstream(v, proxy);
    v("keep", proxy.keep, NumberRange{0, 10'000},
      "Idle connections to one server that each worker keeps.");
    v("idle", proxy.idle, DurationRange{milliseconds(100), std::chrono::hours(1)},
      "How long an idle connection is kept; less than the server keeps them is best.");
    v("host", proxy.host, kAuthority, "The Host that servers are told; none: that of the request.");
    v("forwarded", proxy.forwarded,
      Choice<Forwarded>{{{"x", Forwarded::x},
                         {"rfc7239", Forwarded::rfc7239},
                         {"both", Forwarded::both},
                         {"none", Forwarded::none}}},
      "How servers are told of the client: x, by X-Forwarded-For, -Proto and -Host; rfc7239, by "
      "Forwarded; both; none. Such fields of clients never get through, but for those of "
      "`trusted_proxies`, to which is added.");
    v("local_redirects", proxy.local_redirects, Flag{},
      "A server may name, in X-Accel-Redirect, a path of this listener that is answered in place "
      "of its own answer: a file that it lets the client have.");
  }
};

template <>
struct Layout<FastCgi> {
  static constexpr std::string_view kKey = "fastcgi";
  static constexpr std::string_view kAbout =
      "Answers with what a server answers that speaks FastCGI, PHP's for one, and with the files "
      "beside its scripts.";
  static constexpr std::string_view kExample = "{to: 'unix:/run/php/php-fpm.sock', root: /srv/php}";
  static void Visit(auto& v, auto& fastcgi) {
    v.Whole(fastcgi.where);
    VisitUpstream(v, fastcgi);
    v("root", fastcgi.root, kPath,
      "A directory of scripts and files: the route's path is replaced by it. Without, the server "
      "answers everything. Relative to this file.");
    v.List("index", fastcgi.index, kIndexName,
           "What a directory answers with: the first of these files that it has.");
    v.List("scripts", fastcgi.scripts, kScriptSuffix,
           "How the names of files end that the server runs; they are never sent. All others are "
           "served as by static.");
    v.List("try", fastcgi.candidates, kCandidate,
           "In place of the path, the first of these that is there, as of static: [$path, $path/, "
           "/index.php] has one script answer for all that is no file.");
    v.Tree("environment", fastcgi.environment, VariableMap{},
           "Variables that scripts see beside those of CGI/1.1; these win.");
    v("keep", fastcgi.keep, NumberRange{0, 10'000},
      "Idle connections to one server that each worker keeps. PHP's server lends each of them a "
      "process of its own.");
    v("idle", fastcgi.idle, DurationRange{milliseconds(100), std::chrono::hours(1)},
      "How long an idle connection is kept.");
  }
};

}  // namespace tined::config

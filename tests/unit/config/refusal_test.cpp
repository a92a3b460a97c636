// What the loader says about each kind of mistake, word for word: these lines are what an operator
// works with.
#include <boost/test/unit_test.hpp>

#include "files.hpp"

using namespace tined::config;
using test::Files;
using test::kServed;
using test::Refusal;

namespace {

/// What is wrong with one route, written in flow style; the place is left out.
std::string RouteRefusal(const std::string& route) {
  const std::string text = Refusal(
      "listeners:\n  - name: a\n    address: 127.0.0.1:0\n    routes:\n    - {" + route + "}\n");
  const std::string line = "5:";
  std::string short_text = text;
  for (std::size_t at = 0; (at = short_text.find(line, at)) != std::string::npos;) {
    short_text.erase(at, short_text.find(": ", at) + 2 - at);
  }
  return short_text;
}

std::string ListenerRefusal(const std::string& keys) {
  return Refusal("listeners:\n- {" + keys + ", routes: [{respond: {}}]}\n");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(RefusalSuite)

BOOST_AUTO_TEST_CASE(a_missing_file) {
  const Files files;
  try {
    (void)Load({files.Path("nope.yaml"), {}});
    BOOST_ERROR("it was loaded");
  } catch (const ConfigError& error) {
    BOOST_TEST(files.Short(error.what()) ==
               "nope.yaml: cannot be read: No such file or directory (ENOENT)");
  }
}

BOOST_AUTO_TEST_CASE(unknown_keys) {
  BOOST_TEST(
      Refusal("workers: {cuont: 3}\n" + kServed) ==
      "1:11: unknown key `cuont`; allowed: count, max_connections, watchdog, recycle, restart (did "
      "you mean `count`?)");
  BOOST_TEST(
      Refusal("liseners: []\n") ==
      "1:1: unknown key `liseners`; allowed: user, group, workers, drain_timeout, rescue, "
      "timeouts, limits, backends, handshakers, tls, log, access_log, control, listeners (did "
      "you mean `listeners`?)");
}

BOOST_AUTO_TEST_CASE(more_modules_in_processes_than_there_is_room_for) {
  const auto refusal = [](int count) {
    std::string yaml = "listeners:\n- name: a\n  address: 127.0.0.1:0\n  routes:\n";
    for (int i = 0; i < count; ++i) {
      yaml += "  - {path: /" + std::to_string(i) + ", module: {file: m.so, run: process}}\n";
    }
    return Refusal(yaml);
  };
  BOOST_TEST(refusal(256) == "");
  BOOST_TEST(refusal(257) ==
             "2:1: 257 routes and streams with `run: process`, at most 256 are possible");
}

BOOST_AUTO_TEST_CASE(keys_of_later_versions) {
  const std::string rest = "` is not available in this version yet; remove it";
  BOOST_TEST(RouteRefusal("status: x") == "`status" + rest);
}

BOOST_AUTO_TEST_CASE(programs) {
  const std::string either =
      "`program` has either `root`, a directory of programs, or `file`, one program";
  BOOST_TEST(RouteRefusal("program: {}") == either);
  BOOST_TEST(RouteRefusal("program: {root: /a, file: /b}") == either);
  BOOST_TEST(RouteRefusal("program: {file: /b, environment: [A]}") ==
             "`environment` must be a map of variables such as {NAME: value}");
  BOOST_TEST(RouteRefusal("program: {file: /b, environment: {A-B: 1, 2C: 1, D: [1]}}") ==
             "`A-B` is no name of a variable: letters, digits and _ are\n"
             "`2C` is no name of a variable: letters, digits and _ are\n"
             "the value of `D` must be text");
  BOOST_TEST(RouteRefusal("program: {file: /b, environment: {A: \"a\\0b\"}}") ==
             "the value of `A` has a NUL in it");
  BOOST_TEST(RouteRefusal("program: {file: /b, limits: {memory: lots}}") ==
             "`memory` must be a size (0 to 1024GiB) such as 16KiB, not `lots`");
}

BOOST_AUTO_TEST_CASE(a_wrong_type) {
  BOOST_TEST(Refusal("user: [a]\nworkers: 4\n" + kServed) ==
             "1:7: `user` must be the name of an account, or empty, not a list\n"
             "2:10: `workers` must be a map such as `{count: 4}`, not `4`");
  BOOST_TEST(Refusal("timeouts: {idle: {}, write: }\n" + kServed) ==
             "1:18: `idle` must be a duration (100ms to 1h) such as 10s, not a map\n"
             "1:22: `write` must be a duration (100ms to 1h) such as 10s, not nothing");
  BOOST_TEST(Refusal("access_log: /var/log/x\n" + kServed) ==
             "1:13: `access_log` must be a map such as `{path: /var/log/tined/access.log}`, not "
             "`/var/log/x`");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_map) {
  BOOST_TEST(Refusal("- a\n") ==
             "1:1: a configuration is a map of keys such as `listeners:`, not a list");
  BOOST_TEST(Refusal("hello\n") ==
             "1:1: a configuration is a map of keys such as `listeners:`, not `hello`");
}

BOOST_AUTO_TEST_CASE(values_out_of_range) {
  BOOST_TEST(Refusal("workers: {count: 513, max_connections: 0}\n" + kServed) ==
             "1:18: `count` must be auto or a number from 1 to 512, not `513`\n"
             "1:40: `max_connections` must be a number from 1 to 1000000, not `0`");
  BOOST_TEST(Refusal("limits: {header_size: 1023, headers: 1001, target: 65KiB, body: 65MiB}\n" +
                     kServed) ==
             "1:23: `header_size` must be a size (1KiB to 1MiB) such as 16KiB, not `1023`\n"
             "1:38: `headers` must be a number from 1 to 1000, not `1001`\n"
             "1:52: `target` must be a size (64 to 64KiB) such as 16KiB, not `65KiB`\n"
             "1:65: `body` must be a size (0 to 64MiB) such as 16KiB, not `65MiB`");
  BOOST_TEST(
      Refusal("timeouts: {header: 0}\ndrain_timeout: 25h\n" + kServed) ==
      "1:20: `header` must be a duration (100ms to 1h) such as 10s, not `0`\n"
      "2:16: `drain_timeout` must be a duration (0, or 100ms to 24h) such as 10s, not `25h`");
}

BOOST_AUTO_TEST_CASE(units) {
  BOOST_TEST(Refusal("timeouts: {idle: 75}\nlimits: {body: 1MB}\n" + kServed) ==
             "1:18: `idle` must be a duration (100ms to 1h) such as 10s, not `75` (which unit? "
             "`75s` is seconds, `75ms` milliseconds)\n"
             "2:16: `body` must be a size (0 to 64MiB) such as 16KiB, not `1MB` (did you mean "
             "`1MiB`?)");
}

BOOST_AUTO_TEST_CASE(words) {
  BOOST_TEST(Refusal("log: {level: inof, format: xml}\n" + kServed) ==
             "1:14: `level` must be error, warning, info or debug, not `inof` (did you mean "
             "`info`?)\n"
             "1:28: `format` must be auto, text, json or journald, not `xml`");
}

BOOST_AUTO_TEST_CASE(values_that_exclude_each_other) {
  BOOST_TEST(Refusal("workers: {restart: {backoff: 1m, backoff_max: 1s}}\n" + kServed) ==
             "1:47: `backoff` (1m) must not be longer than `backoff_max` (1s)");
  BOOST_TEST(Refusal("workers: {restart: {backoff: 1m}}\n" + kServed) ==
             "1:30: `backoff` (1m) must not be longer than `backoff_max` (10s)");
  BOOST_TEST(Refusal("group: x\n" + kServed) ==
             "1:8: `group` without `user` has no effect; name the user too");
  BOOST_TEST(ListenerRefusal("name: a, address: '127.0.0.1:0', mode: 0600") ==
             "2:43: `mode` is for unix sockets, `127.0.0.1:0` is none");
  BOOST_TEST(ListenerRefusal("name: a, address: '127.0.0.1:0', protocols: []") ==
             "2:48: with no `protocols` nobody is understood; name http1 or http2");
  BOOST_TEST(RouteRefusal("respond: {status: 204, body: x}") ==
             "an answer with status 204 has no body");
  BOOST_TEST(RouteRefusal("respond: {status: 304, body: x}") ==
             "an answer with status 304 has no body");
  BOOST_TEST(RouteRefusal("respond: {status: 204}") == "");
  for (const auto& [status, field] :
       std::initializer_list<std::pair<std::string, std::string>>{{"206", "Content-Range"},
                                                                  {"401", "WWW-Authenticate"},
                                                                  {"407", "Proxy-Authenticate"},
                                                                  {"426", "Upgrade"}}) {
    BOOST_TEST(RouteRefusal("respond: {status: " + status + "}") ==
               "an answer with status " + status + " must have the field " + field +
                   ", which `respond` cannot give it; a module or a program can");
  }
  BOOST_TEST(RouteRefusal("respond: {status: 403}") == "");
  BOOST_TEST(RouteRefusal("static: {root: /tmp, index: [.x]}") ==
             "`.x` begins with a dot: with `hidden: false` it is never served");
  BOOST_TEST(RouteRefusal("static: {root: /tmp, index: [.x], hidden: true}") == "");
  BOOST_TEST(RouteRefusal("static: {root: /tmp, index: [.x], visible: [.x]}") == "");
  BOOST_TEST(RouteRefusal("static: {root: /tmp, try: [=404, $path]}") ==
             "nothing behind `=404` is ever tried; it stands last");
  BOOST_TEST(RouteRefusal("static: {root: /tmp, types: {.js: text/javascript}}") ==
             "`.js` is not what follows the last dot of a name, without that dot");
  BOOST_TEST(RouteRefusal("static: {root: /tmp, types: {js: script}}") ==
             "the value of `js` must be a media type such as text/plain");
  BOOST_TEST(RouteRefusal("static: {root: /tmp, types: [js]}") ==
             "`types` must be a map of types such as {wasm: application/wasm}");
  BOOST_TEST(RouteRefusal("match: {glob: a, regex: b}, respond: {}") ==
             "`match` has either `glob`, a pattern of names, or `regex`, a regular expression");
  BOOST_TEST(RouteRefusal("match: {glob: a}, exact: true, respond: {}") ==
             "a route with `exact: true` has one path: nothing is left to match");
  BOOST_TEST(RouteRefusal("rewrite: /a, respond: {}") ==
             "`rewrite` is what a handler sees of the path; fixed answers do not look at it, and "
             "`redirect` says with `to` where it leads");
  BOOST_TEST(RouteRefusal("rewrite: /$1, static: {root: /tmp}") ==
             "`$1` is a group of the route's `match: {regex: ...}`, which is not there");
  BOOST_TEST(RouteRefusal("match: {regex: (a)}, redirect: {to: /$1$2}") ==
             "there is no group `$2`: `regex` has 1");
  BOOST_TEST(RouteRefusal("match: {regex: (a}, respond: {}") ==
             "`regex` must be a regular expression such as ^/user/([0-9]+)$, not `(a` (missing ): "
             "(a)");
  BOOST_TEST(RouteRefusal("redirect: {to: //host/}")
                 .find("that names another host: did you mean `/host/` or `https://host/`?") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(keys_that_are_missing) {
  BOOST_TEST(Refusal("access_log: {}\n" + kServed) ==
             "1:13: `path` is missing: a path such as /srv/www");
  BOOST_TEST(Refusal("listeners:\n  - routes: [{respond: {}}]\n") ==
             "2:5: `name` is missing: 1 to 31 characters of a-z 0-9 . _ -\n"
             "2:5: `address` is missing: IP:PORT, [IPV6]:PORT, localhost:PORT, unix:PATH or "
             "systemd:NAME");
  BOOST_TEST(RouteRefusal("static: ") == "`root` is missing: a path such as /srv/www");
}

BOOST_AUTO_TEST_CASE(a_misspelt_key_is_not_missing_as_well) {
  BOOST_TEST(
      RouteRefusal("static: {rot: /}") ==
      "unknown key `rot`; allowed: root, index, try, listing, hidden, visible, types, charset, "
      "precompressed, io (did you mean `root`?)");
  BOOST_TEST(
      RouteRefusal("statik: {root: /}") ==
      "unknown key `statik`; allowed: path, exact, match, host, methods, rewrite, replay, limits, "
      "access, auth, request_id, headers, cache, compress, cors, errors, static, respond, "
      "redirect, module, program, proxy, fastcgi (did you mean `static`?)");
}

BOOST_AUTO_TEST_CASE(a_route_without_a_handler_and_one_with_two) {
  BOOST_TEST(
      RouteRefusal("path: /a") ==
      "nothing answers this route; it needs one of static, respond, redirect, module, program, "
      "proxy or fastcgi");
  BOOST_TEST(RouteRefusal("respond: {}, redirect: {to: /x}") ==
             "`respond` and `redirect` exclude each other: exactly one of static, respond, "
             "redirect, module, program, proxy or fastcgi answers a route");
}

BOOST_AUTO_TEST_CASE(servers_are_addresses_and_there_is_one_at_least) {
  const std::string missing = "`to` is missing: IP:PORT, [IPV6]:PORT, localhost:PORT or unix:PATH";
  BOOST_TEST(RouteRefusal("proxy: {}") == missing);
  BOOST_TEST(RouteRefusal("proxy: {to: []}") == missing);
  BOOST_TEST(RouteRefusal("proxy: {to: app.example.org:80}") != "");
  BOOST_TEST(RouteRefusal("proxy: {to: ['127.0.0.1:1', '127.0.0.1:1']}") ==
             "`to` lists `127.0.0.1:1` twice");
  BOOST_TEST(RouteRefusal("proxy: {to: '127.0.0.1:0'}") != "");
}

BOOST_AUTO_TEST_CASE(scripts_need_a_server_and_what_is_tried_a_root) {
  BOOST_TEST(RouteRefusal("fastcgi: {root: /}").starts_with("`to` is missing: "));
  BOOST_TEST(RouteRefusal("fastcgi: {to: 'unix:/x', try: [$path]}") ==
             "`try` looks for files below `root`, which is not given");
  BOOST_TEST(RouteRefusal("fastcgi: {to: 'unix:/x', root: /, try: [=404, /a]}") ==
             "nothing behind `=404` is ever tried; it stands last");
  BOOST_TEST(RouteRefusal("fastcgi: {to: 'unix:/x', root: /, scripts: php}") != "");
  BOOST_TEST(RouteRefusal("fastcgi: {to: 'unix:/x', environment: {A-B: 1}}") ==
             "`A-B` is no name of a variable: letters, digits and _ are");
}

BOOST_AUTO_TEST_CASE(text_of_the_wrong_kind) {
  BOOST_TEST(RouteRefusal("path: a, host: 'A:80', methods: [get], respond: {type: x}") ==
             "`path` must be a path that begins with /, not `a` (did you mean `/a`?)\n"
             "`host` must be a host name such as www.example.org, not `A:80` (the port is not "
             "compared: did you mean `a`?)\n"
             "`methods` must be GET, HEAD, OPTIONS, POST, PUT, DELETE or PATCH, not `get` (did you "
             "mean `GET`?)\n"
             "`type` must be a media type such as text/plain, not `x`");
  BOOST_TEST(RouteRefusal("redirect: {to: 'a b', status: 200}") ==
             "`to` must be a path such as /new, or a URL such as https://example.org, not `a b` "
             "(percent-encode everything but printable ASCII)\n"
             "`status` must be 301, 302, 303, 307 or 308, not `200`");
  BOOST_TEST(RouteRefusal("respond: {status: 100}") ==
             "`status` must be a number from 200 to 599, not `100`");
}

BOOST_AUTO_TEST_CASE(a_list_that_repeats_itself) {
  BOOST_TEST(RouteRefusal("methods: [GET, GET], respond: {}") == "`methods` lists `GET` twice");
  BOOST_TEST(RouteRefusal("host: [a, A], respond: {}") == "`host` lists `A` twice");
}

BOOST_AUTO_TEST_CASE(addresses) {
  BOOST_TEST(ListenerRefusal("name: a, address: '*:80'") ==
             "2:22: `address` must be IP:PORT, [IPV6]:PORT, localhost:PORT, unix:PATH or "
             "systemd:NAME, not `*:80` (did you mean `0.0.0.0:80`, or `[::]:80` for IPv6?)");
}

BOOST_AUTO_TEST_CASE(lists_that_are_none) {
  BOOST_TEST(Refusal("listeners:\n  name: a\n  address: x\n  routes: [{respond: {}}]\n") ==
             "2:3: `listeners` must be a list of maps such as `- {name: web, address: "
             "127.0.0.1:8080, routes: [...]}`, not a map\n"
             "3:12: `address` must be IP:PORT, [IPV6]:PORT, localhost:PORT, unix:PATH or "
             "systemd:NAME, not `x`");
  BOOST_TEST(Refusal("listeners: [web]\n") ==
             "1:13: an item of `listeners` must be a map such as `{name: web, address: "
             "127.0.0.1:8080, routes: [...]}`, not `web`");
  BOOST_TEST(Refusal("listeners: web\n") ==
             "1:12: `listeners` must be a list of maps such as `- {name: web, address: "
             "127.0.0.1:8080, routes: [...]}`, not `web`");
}

BOOST_AUTO_TEST_CASE(nothing_to_serve) {
  const std::string none =
      " no listeners: nothing would be served; add for example `listeners: [{name: web, address: "
      "127.0.0.1:8080, routes: [{path: /, static: {root: /srv/www}}]}]`";
  BOOST_TEST(Refusal("") == none);
  BOOST_TEST(Refusal("listeners:\n") == none);
  BOOST_TEST(Refusal("listeners: []\n") == none);
  BOOST_TEST(Refusal("listeners:\n  - {name: a, address: '127.0.0.1:0'}\n") ==
             "2:5: listener `a` has neither routes nor a stream: nothing would be answered");
}

BOOST_AUTO_TEST_CASE(syntax) {
  BOOST_TEST(Refusal("user: a\n  b: c\n") == "2:4: syntax error: illegal map value");
}

BOOST_AUTO_TEST_CASE(everything_at_once_in_order_of_place) {
  BOOST_TEST(
      Refusal("log: {level: x}\n"
              "listeners:\n"
              "  - {name: a, address: '127.0.0.1:1', routes: [{path: /}, {path: x}]}\n"
              "  - {name: a, address: '127.0.0.1:1'}\n"
              "user: [x]\n"
              "zzz: 1\n"
              "log: {}\n") ==
      "1:14: `level` must be error, warning, info or debug, not `x`\n"
      "3:48: nothing answers this route; it needs one of static, respond, redirect, module, "
      "program, proxy or fastcgi\n"
      "3:59: nothing answers this route; it needs one of static, respond, redirect, module, "
      "program, proxy or fastcgi\n"
      "3:66: `path` must be a path that begins with /, not `x` (did you mean `/x`?)\n"
      "4:5: there is a listener `a` already, at tined.yaml:3\n"
      "4:5: `127.0.0.1:1` is taken by `127.0.0.1:1` of listener `a`, at tined.yaml:3\n"
      "4:5: listener `a` has neither routes nor a stream: nothing would be answered\n"
      "5:7: `user` must be the name of an account, or empty, not a list\n"
      "6:1: unknown key `zzz`; allowed: user, group, workers, drain_timeout, rescue, timeouts, "
      "limits, backends, handshakers, tls, log, access_log, control, listeners\n"
      "7:1: `log` is given twice; the first one is at line 1");
}

BOOST_AUTO_TEST_CASE(text_from_the_file_cannot_play_with_the_terminal) {
  BOOST_TEST(Refusal("\"\\e[31m\\n\": 1\n" + kServed)
                 .starts_with("1:1: unknown key `\\x1b[31m\\n`; allowed: "));
  BOOST_TEST(Refusal("user: " + std::string(1000, ':') + "x\n" + kServed) ==
             "1:7: `user` must be the name of an account, or empty, not `" + std::string(80, ':') +
                 "...`");
  // What the YAML parser says has a character of the file in it.
  BOOST_TEST(Refusal("user: \"\\\x1b\"\n" + kServed) ==
             "1:10: syntax error: unknown escape character: \\x1b");
  BOOST_TEST(Refusal("user: \"\xc2\x9b\"\n" + kServed).find("\xc2\x9b") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

#include "config/loader.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "files.hpp"

using namespace tined;
using namespace tined::config;
using test::Files;
using test::kServed;
using test::Refusal;
using test::Variable;

BOOST_AUTO_TEST_SUITE(LoaderSuite)

BOOST_AUTO_TEST_CASE(what_is_not_written_has_its_default) {
  const Config config = Files().Load(kServed);
  const Config defaults;
  BOOST_TEST(config.user == "");
  BOOST_TEST(config.workers.count == 0);
  BOOST_TEST(config.workers.max_connections == defaults.workers.max_connections);
  BOOST_TEST(config.workers.restart.limit == defaults.workers.restart.limit);
  BOOST_TEST((config.timeouts.idle == defaults.timeouts.idle));
  BOOST_TEST((config.limits.body == defaults.limits.body));
  BOOST_TEST(!config.access_log.has_value());
  BOOST_TEST(config.control == DefaultControlPath());
  BOOST_TEST(config.listeners.at(0).backlog == 4096);
  BOOST_TEST(!config.listeners.at(0).mode.has_value());
}

BOOST_AUTO_TEST_CASE(every_key_arrives) {
  const Files files;
  const Config config = files.Load(R"(
user: nobody
group: nogroup
workers:
  count: 3
  max_connections: 77
  watchdog: 0
  restart: {backoff: 10ms, backoff_max: 1m, limit: 5, within: 2s}
drain_timeout: 5m
timeouts: {header: 1s, body: 2s, idle: 3s, write: 4s}
limits: {header_size: 2KiB, headers: 9, target: 100, body: 0}
log: {level: debug, format: json}
access_log: {path: access.log, format: json}
control: /run/x.sock
listeners:
  - name: a
    address: unix:a.sock
    mode: 0600
    backlog: 1
    protocols: [http1, http2]
    http2: {streams: 7, bodies: 1MiB, resets: {burst: 2, rate: 3}, control_frames: {burst: 4}}
    routes:
      - path: /f
        host: [A.example, b.example]
        methods: GET
        static: {root: www, index: [], listing: true, hidden: true, precompressed: false, io: async,
                 try: [$path, /index.html], visible: [], types: {wasm: application/wasm}, charset: none}
      - {path: /p, respond: {status: 404, body: "no\n", type: text/html}}
      - {path: /r, redirect: {to: /new, status: 301}}
)");
  BOOST_TEST(config.user == "nobody");
  BOOST_TEST(config.group == "nogroup");
  BOOST_TEST(config.workers.count == 3);
  BOOST_TEST(config.workers.max_connections == 77U);
  BOOST_TEST(config.workers.watchdog.count() == 0);
  BOOST_TEST(config.workers.restart.backoff.count() == 10);
  BOOST_TEST(config.workers.restart.backoff_max.count() == 60'000);
  BOOST_TEST(config.workers.restart.limit == 5);
  BOOST_TEST(config.workers.restart.within.count() == 2000);
  BOOST_TEST(config.drain_timeout.count() == 300'000);
  BOOST_TEST(config.timeouts.header.count() == 1000);
  BOOST_TEST(config.timeouts.body.count() == 2000);
  BOOST_TEST(config.timeouts.idle.count() == 3000);
  BOOST_TEST(config.timeouts.write.count() == 4000);
  BOOST_TEST(config.limits.header_size.count == 2048U);
  BOOST_TEST(config.limits.headers == 9);
  BOOST_TEST(config.limits.target.count == 100U);
  BOOST_TEST(config.limits.body.count == 0U);
  BOOST_TEST((config.log.level == log::Level::debug));
  BOOST_TEST((config.log.format == log::Format::json));
  BOOST_TEST(config.access_log.value().path == files.Path("access.log"));
  BOOST_TEST((config.access_log->format == AccessLog::Format::json));
  BOOST_TEST(config.control == "/run/x.sock");
  const Listener& listener = config.listeners.at(0);
  BOOST_TEST(listener.name == "a");
  BOOST_TEST(listener.address.name == files.Path("a.sock"));
  BOOST_TEST(listener.mode.value() == 0600U);
  BOOST_TEST(listener.backlog == 1);
  BOOST_TEST((listener.protocols == std::vector{HttpVersion::http1, HttpVersion::http2}));
  BOOST_TEST(listener.http2.streams == 7);
  BOOST_TEST((listener.http2.bodies == 1_MiB));
  BOOST_TEST(listener.http2.resets.burst == 2);
  BOOST_TEST(listener.http2.resets.rate == 3);
  BOOST_TEST(listener.http2.control_frames.burst == 4);
  BOOST_TEST(listener.http2.control_frames.rate == 100);
  BOOST_TEST(listener.routes.at(0).path == "/f");
  BOOST_TEST((listener.routes[0].hosts == std::vector<std::string>{"a.example", "b.example"}));
  BOOST_TEST((listener.routes[0].methods == std::vector<std::string>{"GET"}));
  const Static& statics = std::get<Static>(listener.routes[0].handler);
  BOOST_TEST(statics.root == files.Path("www"));
  BOOST_TEST(statics.index.empty());
  BOOST_TEST(statics.listing);
  BOOST_TEST(statics.hidden);
  BOOST_TEST(!statics.precompressed);
  BOOST_TEST((statics.io == FileIo::async));
  BOOST_TEST(statics.candidates.at(1) == "/index.html");
  BOOST_TEST(statics.visible.empty());
  BOOST_TEST(statics.types.items.at(0).text == "application/wasm");
  BOOST_TEST(statics.charset.empty());
  const Respond& respond = std::get<Respond>(listener.routes.at(1).handler);
  BOOST_TEST(respond.status == 404);
  BOOST_TEST(respond.body == "no\n");
  BOOST_TEST(respond.type == "text/html");
  const Redirect& redirect = std::get<Redirect>(listener.routes.at(2).handler);
  BOOST_TEST(redirect.to == "/new");
  BOOST_TEST(redirect.status == 301);
}

BOOST_AUTO_TEST_CASE(values_know_where_they_were_written) {
  const Files files;
  const Config config = files.Load(
      "user: x\ngroup: y\ncontrol: z\naccess_log: {path: l}\nlisteners:\n"
      "  - name: a\n    address: 127.0.0.1:0\n    routes:\n      - static:\n          root: w\n");
  const auto place = [&](const Position& where) {
    BOOST_TEST(where.file == files.Path("tined.yaml"));
    return std::to_string(where.line) + ":" + std::to_string(where.column);
  };
  BOOST_TEST(place(config.user_where) == "1:7");
  BOOST_TEST(place(config.group_where) == "2:8");
  BOOST_TEST(place(config.control_where) == "3:10");
  BOOST_TEST(place(config.access_log.value().where) == "4:20");
  BOOST_TEST(place(config.listeners.at(0).where) == "6:5");
  BOOST_TEST(place(config.listeners[0].routes.at(0).where) == "9:9");
  BOOST_TEST(place(std::get<Static>(config.listeners[0].routes[0].handler).where) == "10:17");
}

BOOST_AUTO_TEST_CASE(sections_without_content_are_defaults) {
  const Config config = Files().Load("workers:\ntimeouts: {}\nlog:\n" + kServed);
  BOOST_TEST(config.workers.max_connections == 10000U);
}

BOOST_AUTO_TEST_CASE(quotes_make_no_difference) {
  const Config config = Files().Load("workers: {count: '3'}\nlog: {level: \"debug\"}\n" + kServed);
  BOOST_TEST(config.workers.count == 3);
  BOOST_TEST((config.log.level == log::Level::debug));
}

BOOST_AUTO_TEST_CASE(environment_variables_are_taken_in_values) {
  const Variable count("TINED_TEST_COUNT", "5");
  const Config config = Files().Load(
      "workers: {count: \"${TINED_TEST_COUNT}\"}\ntimeouts: {idle: '${TINED_TEST_IDLE:-9s}'}\n" +
      kServed);
  BOOST_TEST(config.workers.count == 5);
  BOOST_TEST(config.timeouts.idle.count() == 9000);
}

BOOST_AUTO_TEST_CASE(environment_variables_never_become_yaml) {
  const Variable evil("TINED_TEST_EVIL", "x\nuser: root");
  const Config config = Files().Load(
      "listeners: [{name: a, address: '127.0.0.1:0', "
      "routes: [{respond: {body: \"${TINED_TEST_EVIL}\"}}]}]\n");
  BOOST_TEST(config.user == "");
  BOOST_TEST(std::get<Respond>(config.listeners.at(0).routes.at(0).handler).body ==
             "x\nuser: root");
}

BOOST_AUTO_TEST_CASE(keys_are_not_expanded) {
  const Variable key("TINED_TEST_KEY", "user");
  BOOST_TEST(Refusal("\"${TINED_TEST_KEY}\": x\n" + kServed)
                 .starts_with("1:1: unknown key `${TINED_TEST_KEY}`; allowed: user, group, "));
}

BOOST_AUTO_TEST_CASE(a_variable_that_is_not_set_is_a_problem_of_its_value) {
  BOOST_TEST(Refusal("log: {level: \"${TINED_TEST_NOPE}\"}\n" + kServed) ==
             "1:14: `level`: the environment variable `TINED_TEST_NOPE` is not set; set it, or "
             "write ${TINED_TEST_NOPE:-default}");
}

BOOST_AUTO_TEST_CASE(no_control_socket_can_be_asked_for) {
  for (const char* text : {"none", "", "''", "~"}) {
    BOOST_TEST(Files().Load(std::string("control: ") + text + "\n" + kServed).control == "");
  }
}

BOOST_AUTO_TEST_CASE(a_unix_socket_has_a_mode) {
  const Config config =
      Files().Load("listeners: [{name: a, address: 'unix:/tmp/x', routes: [{respond: {}}]}]\n");
  BOOST_TEST(config.listeners.at(0).mode.value() == 0660U);
}

BOOST_AUTO_TEST_CASE(anchors_and_aliases_are_good) {
  const Config config = Files().Load(
      "listeners:\n"
      "  - {name: a, address: '127.0.0.1:0', routes: &all [{respond: {}}]}\n"
      "  - {name: b, address: '[::1]:0', routes: *all}\n");
  BOOST_TEST(config.listeners.at(1).routes.size() == 1U);
}

BOOST_AUTO_TEST_CASE(without_a_file_the_current_directory_is_served_to_this_machine) {
  const Config config = Load({});
  BOOST_REQUIRE(config.listeners.size() == 1U);
  BOOST_TEST(config.listeners[0].address.text == "127.0.0.1:8080");
  BOOST_TEST(config.listeners[0].address.host == "127.0.0.1");
  BOOST_TEST(config.listeners[0].address.port == 8080);
  BOOST_REQUIRE(config.listeners[0].routes.size() == 1U);
  const Static& statics = std::get<Static>(config.listeners[0].routes[0].handler);
  BOOST_TEST(statics.root == std::filesystem::current_path().native());
  BOOST_TEST(statics.listing);
  BOOST_TEST(config.control == DefaultControlPath());
}

BOOST_AUTO_TEST_CASE(without_a_file_a_directory_can_be_named) {
  const auto root = [](const std::string& directory) {
    return std::get<Static>(Load({{}, directory}).listeners.at(0).routes.at(0).handler).root;
  };
  const std::string here = std::filesystem::current_path().native();
  BOOST_TEST(root("/srv/www") == "/srv/www");
  BOOST_TEST(root("www") == here + "/www");
  BOOST_TEST(root(".") == here);
}

BOOST_AUTO_TEST_CASE(the_control_socket_is_where_its_user_may_write) {
  const std::string tmp = "/tmp/tined-" + std::to_string(::geteuid()) + "/control.sock";
  const bool is_root = ::geteuid() == 0;
  {
    const Variable runtime("XDG_RUNTIME_DIR", "/run/user/7");
    BOOST_TEST(DefaultControlPath() ==
               (is_root ? "/run/tined/control.sock" : "/run/user/7/tined/control.sock"));
  }
  {
    const Variable service("RUNTIME_DIRECTORY", "/run/tined-blog:/run/second");
    BOOST_TEST(DefaultControlPath() == "/run/tined-blog/control.sock");
  }
  const Variable runtime("XDG_RUNTIME_DIR", "relative");
  BOOST_TEST(DefaultControlPath() == (is_root ? "/run/tined/control.sock" : tmp));
}

BOOST_AUTO_TEST_SUITE_END()

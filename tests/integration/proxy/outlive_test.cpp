// Requests that are passed on, and clients that are connected, while workers come and go.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/integration/ability.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/proxy/site.hpp"

using namespace tined::test;

namespace {

/// Two tineds: the one behind has what the one in front answers.
class Pair {
 public:
  Pair() {
    behind.Write("files/large", large);
    behind.Start(
        Config().Workers(1).Route("/", Respond("hello")).Route("/files", Files("${DIR}/files")));
    front.Start(Configuration());
  }
  Config Configuration() const {
    return Config().Workers(2).Route("/", Proxy("127.0.0.1:" + std::to_string(behind.Port())));
  }
  Load::Settings Asking() const {
    return {
        .port = front.Port(), .connections = 8, .files = {{"/", "hello"}, {"/files/large", large}}};
  }
  const std::string large = std::string(300'000, 'l');
  Server behind;
  Server front;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy)

BOOST_AUTO_TEST_CASE(reloads_lose_no_request) {
  Pair pair;
  Load load(pair.Asking());
  for (int i = 0; i < 5; ++i) {
    BOOST_TEST(pair.front.Reload().status == 0);
    const std::uint64_t answers = load.answers();
    BOOST_TEST(Eventually([&] { return load.answers() > answers + 100; }));
  }
  load.Stop();
  BOOST_TEST(load.failures() == 0U, load.first_failure());
}

/// A server behind that is reloaded closes the connections that are kept to it.
BOOST_AUTO_TEST_CASE(servers_behind_may_be_reloaded) {
  Pair pair;
  Load load(pair.Asking());
  for (int i = 0; i < 5; ++i) {
    BOOST_TEST(pair.behind.Reload().status == 0);
    const std::uint64_t answers = load.answers();
    BOOST_TEST(Eventually([&] { return load.answers() > answers + 100; }));
  }
  load.Stop();
  BOOST_TEST(load.failures() == 0U, load.first_failure());
}

/// An answer that has begun is finished by the worker that began it.
BOOST_AUTO_TEST_CASE(a_worker_that_is_replaced_finishes_what_it_passes_on) {
  ProxySite site;
  Client client(site.Port());
  client.SendGet("/");
  ScriptedServer::Connection asked = site.behind.Accept();
  asked.ReadRequest();
  asked.Send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
  BOOST_TEST(client.ReadHeader().status == 200);
  BOOST_TEST(site.Reload().status == 0);
  asked.Send("cd");
  BOOST_TEST(client.ReadBytes(4) == "abcd");
  site.WaitForLog({"worker has drained"});
}

/// What changes nothing is asked again by the worker that takes over; anything else is not, and its
/// client is told.
BOOST_AUTO_TEST_CASE(a_request_whose_worker_is_killed_is_asked_again_if_that_is_safe,
                     *NeedsRescue()) {
  ProxySite site;
  Client safe(site.Port());
  safe.SendGet("/safe");
  ScriptedServer::Connection first = site.behind.Accept();
  first.ReadRequest();
  Client unsafe(site.Port());
  unsafe.Send(PostText("/unsafe", "x"));
  ScriptedServer::Connection second = site.behind.Accept();
  second.ReadRequest();
  site.KillWorker(0, SIGKILL);
  ScriptedServer::Connection again = site.behind.Accept();
  BOOST_TEST(again.ReadRequest().header.starts_with("GET /safe "));
  again.Answer("safe");
  BOOST_TEST(safe.Read().body == "safe");
  BOOST_TEST(unsafe.Read().status == 502);
  BOOST_TEST(!site.behind.IsAsked());
}

BOOST_AUTO_TEST_CASE(killed_workers_lose_no_request_that_may_be_asked_again, *NeedsRescue()) {
  Pair pair;
  // Bodies that fit into memory are kept; those that stream through end with their worker.
  Load::Settings settings = pair.Asking();
  settings.files = {{"/", "hello"}};
  Load load(settings);
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t answers = load.answers();
    BOOST_TEST(Eventually([&] { return load.answers() > answers + 100; }));
    pair.front.KillWorker(i % 2, SIGKILL);
    BOOST_TEST(Eventually([&] { return pair.front.WorkerPids().size() == 2; }));
  }
  load.Stop();
  BOOST_TEST(load.failures() == 0U, load.first_failure());
}

BOOST_AUTO_TEST_SUITE_END()

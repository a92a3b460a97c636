// The connections to servers, kept and new; servers that are slow, full or gone.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/contains.hpp"
#include "tests/integration/proxy/site.hpp"

using namespace tined::test;

namespace {

/// A tined in front of several.
class Front : public Server {
 public:
  explicit Front(const std::string& servers, const std::string& more = "") {
    Start(Config().Workers(1).Route("/", Proxy(servers, more)));
  }
};

/// Has a client answered over a new connection of the server's, which is kept.
ScriptedServer::Connection Serve(ScriptedServer& server, Client& client) {
  client.SendGet("/");
  ScriptedServer::Connection asked = server.Accept();
  asked.ReadRequest();
  asked.Answer("ok");
  BOOST_TEST(client.Read().body == "ok");
  return asked;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy)

BOOST_AUTO_TEST_CASE(connections_are_kept_for_whoever_asks_next) {
  ProxySite site;
  Client first(site.Port());
  ScriptedServer::Connection asked = Serve(site.behind, first);
  Client second(site.Port());
  second.SendGet("/second");
  BOOST_TEST(asked.ReadRequest().header.starts_with("GET /second "));
  asked.Answer("again");
  BOOST_TEST(second.Read().body == "again");
  BOOST_TEST(!site.behind.IsAsked());
}

BOOST_AUTO_TEST_CASE(so_many_connections_are_kept_and_for_so_long) {
  ProxySite site("keep: 1, idle: 300ms");
  Client a(site.Port());
  Client b(site.Port());
  a.SendGet("/");
  ScriptedServer::Connection first = site.behind.Accept();
  b.SendGet("/");
  ScriptedServer::Connection second = site.behind.Accept();
  first.ReadRequest();
  first.Answer("1");
  BOOST_TEST((a.WaitForBytes(kPatience)));
  second.ReadRequest();
  second.Answer("2");
  BOOST_TEST(second.WaitForEnd() == Client::End::closed);
  BOOST_TEST(first.WaitForEnd() == Client::End::closed);
  ProxySite none("keep: 0");
  Client client(none.Port());
  client.SendGet("/");
  ScriptedServer::Connection asked = none.behind.Accept();
  BOOST_TEST(asked.ReadRequest()["Connection"] == "close");
  asked.Answer("ok");
  BOOST_TEST(client.Read().body == "ok");
  BOOST_TEST(asked.WaitForEnd() == Client::End::closed);
}

BOOST_AUTO_TEST_CASE(a_kept_connection_that_is_closed_is_not_used) {
  ProxySite site;
  Client client(site.Port());
  for (const std::string request :
       {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    { Serve(site.behind, client); }
    client.Send(request);
    ScriptedServer::Connection asked = site.behind.Accept();
    BOOST_TEST(asked.ReadRequest().header.starts_with(request.substr(0, 4)));
    asked.Answer("new", "Connection: close\r\n");
    BOOST_TEST(client.Read().body == "new");
  }
}

/// What a server says on a connection on which nothing was asked is not the next client's answer.
BOOST_AUTO_TEST_CASE(a_kept_connection_that_says_something_is_not_used) {
  ProxySite site;
  Client client(site.Port());
  ScriptedServer::Connection asked = Serve(site.behind, client);
  asked.Send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
  client.SendGet("/");
  ScriptedServer::Connection next = site.behind.Accept();
  next.ReadRequest();
  next.Answer("right");
  BOOST_TEST(client.Read().body == "right");
}

BOOST_AUTO_TEST_CASE(what_follows_an_answer_ends_its_connection) {
  ProxySite site;
  Client client(site.Port());
  client.SendGet("/");
  ScriptedServer::Connection asked = site.behind.Accept();
  asked.ReadRequest();
  asked.Send(
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: "
      "5\r\n\r\nwrong");
  BOOST_TEST(client.Read().body == "ok");
  BOOST_TEST(asked.WaitForEnd() != Client::End::deadline);
  client.SendGet("/");
  ScriptedServer::Connection next = site.behind.Accept();
  next.ReadRequest();
  next.Answer("right");
  BOOST_TEST(client.Read().body == "right");
}

/// A server may close a connection just when it is used again.
BOOST_AUTO_TEST_CASE(what_changes_nothing_is_sent_once_more_when_a_kept_connection_closes) {
  ProxySite site;
  Client client(site.Port());
  {
    ScriptedServer::Connection asked = Serve(site.behind, client);
    client.SendGet("/again");
    asked.ReadRequest();
  }
  ScriptedServer::Connection next = site.behind.Accept();
  BOOST_TEST(next.ReadRequest().header.starts_with("GET /again "));
  next.Answer("ok");
  BOOST_TEST(client.Read().body == "ok");
  client.Send(PostText("/once", "x"));
  next.ReadRequest();
  next = site.behind.IsAsked(milliseconds(1)) ? site.behind.Accept()
                                              : ScriptedServer::Connection(tined::Descriptor());
  BOOST_TEST(client.Read().status == 502);
  BOOST_TEST(!site.behind.IsAsked());
}

BOOST_AUTO_TEST_CASE(what_was_sent_over_a_new_connection_is_never_sent_again) {
  ProxySite site;
  Client client(site.Port());
  client.SendGet("/");
  { site.behind.Accept().ReadRequest(); }
  BOOST_TEST(client.Read().status == 502);
  BOOST_TEST(!site.behind.IsAsked());
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_twice_where_that_is_not_wanted) {
  ProxySite site("retry: none");
  Client client(site.Port());
  {
    ScriptedServer::Connection asked = Serve(site.behind, client);
    client.SendGet("/");
    asked.ReadRequest();
  }
  BOOST_TEST(client.Read().status == 502);
  BOOST_TEST(!site.behind.IsAsked());
}

BOOST_AUTO_TEST_CASE(a_server_that_cannot_be_reached_is_left_out) {
  ScriptedServer good;
  ScriptedServer gone;
  gone.Close();
  Front front(gone.name() + ", " + good.name());
  Client client(front.Port());
  ScriptedServer::Connection asked = Serve(good, client);
  for (int i = 0; i < 3; ++i) {
    client.SendGet("/");
    asked.ReadRequest();
    asked.Answer("ok");
    BOOST_TEST(client.Read().body == "ok");
  }
  BOOST_TEST(front.HasLogged("a server cannot be reached", 1));
  BOOST_TEST(front.Stop() == 0);
  BOOST_TEST(front.CountLog("a server cannot be reached") == 1);
  BOOST_TEST(front.CountLog("a server cannot be reached") == 1);
}

BOOST_AUTO_TEST_CASE(a_server_that_comes_back_is_asked_again) {
  Server server;
  server.Start(Config().Workers(1).Route("/", Proxy("unix:" + server.Path("behind.sock"))));
  Client client(server.Port());
  client.SendGet("/");
  BOOST_TEST(client.Read().status == 502);
  server.WaitForLog({"an upstream gave no answer", "No such file or directory"});
  ScriptedServer back(server.Path("behind.sock"), 10);
  Serve(back, client);
}

BOOST_AUTO_TEST_CASE(servers_are_asked_in_turn_or_the_one_with_least_to_do) {
  for (const std::string balance : {"round_robin", "least_busy"}) {
    std::vector<ScriptedServer> servers(3);
    Front front(servers[0].name() + ", " + servers[1].name() + ", " + servers[2].name(),
                "balance: " + balance);
    std::vector<Client> clients;
    std::vector<ScriptedServer::Connection> connections;
    for (int i = 0; i < 3; ++i) clients.emplace_back(front.Port()).SendGet("/");
    for (ScriptedServer& server : servers) connections.push_back(server.Accept());
    // The second is done: only one that looks for that asks it three times.
    connections[1].ReadRequest();
    connections[1].Answer("ok");
    BOOST_TEST((Eventually([&] {
      for (Client& client : clients) {
        if (client.WaitForBytes(milliseconds(1))) return true;
      }
      return false;
    })));
    Client next(front.Port());
    next.SendGet("/next");
    if (balance == "least_busy") {
      BOOST_TEST(connections[1].ReadRequest().header.starts_with("GET /next "));
    } else {
      BOOST_TEST(servers[0].Accept().ReadRequest().header.starts_with("GET /next "));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_server_has_so_many_connections) {
  ProxySite site("connections: 2");
  Client a(site.Port());
  Client b(site.Port());
  a.SendGet("/");
  ScriptedServer::Connection first = site.behind.Accept();
  b.SendGet("/");
  ScriptedServer::Connection second = site.behind.Accept();
  Client c(site.Port());
  const Answer full = c.Get("/");
  BOOST_TEST(full.status == 503);
  BOOST_TEST(full["Retry-After"] == "1");
  first.ReadRequest();
  first.Answer("ok");
  BOOST_TEST((a.WaitForBytes(kPatience)));
  c.SendGet("/");
  first.ReadRequest();
  first.Answer("ok");
  BOOST_TEST(c.Read().body == "ok");
}

BOOST_AUTO_TEST_CASE(a_server_that_says_nothing_is_given_up) {
  ProxySite site("timeout: 300ms");
  Client client(site.Port());
  client.SendGet("/");
  ScriptedServer::Connection asked = site.behind.Accept();
  BOOST_TEST(client.Read().status == 504);
  asked.ReadRequest();
  BOOST_TEST(asked.WaitForEnd() == Client::End::closed);
  // Inside of a body only the connection can be ended.
  client.SendGet("/");
  asked = site.behind.Accept();
  asked.ReadRequest();
  asked.Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
  BOOST_TEST(client.ReadHeader().status == 200);
  BOOST_TEST(ReadToEnd(client) == "ab");
  site.WaitForLog({"an upstream broke off its answer", "silent for too long"});
}

/// Time runs while a server is waited for, not while a client takes its time.
BOOST_AUTO_TEST_CASE(a_client_may_be_slower_than_servers) {
  ProxySite site("timeout: 1s");
  // More than all sockets on the way have room for.
  const std::string body(48 << 20, 'x');
  Client client(site.Port());
  client.SendGet("/");
  ScriptedServer::Connection asked = site.behind.Accept();
  asked.ReadRequest();
  auto sending = std::async(std::launch::async, [&] { asked.Answer(body); });
  std::this_thread::sleep_for(milliseconds(2500));
  const Answer answer = client.Read();
  sending.get();
  BOOST_TEST((answer.body == body));
}

BOOST_AUTO_TEST_CASE(a_server_whose_queue_is_full_is_passed_over) {
  Server server;
  ScriptedServer full(server.Path("full.sock"), 0);
  ScriptedServer good(server.Path("good.sock"), 10);
  server.Start(Config().Workers(1).Route(
      "/", Proxy("\"" + full.name() + "\", \"" + good.name() + '"', "balance: round_robin")));
  std::vector<Client> clients;
  for (int i = 0; i < 6; ++i) clients.emplace_back(server.Port()).SendGet("/");
  // One is in the queue; it would be asked every other time.
  for (int i = 0; i < 5; ++i) {
    ScriptedServer::Connection asked = good.Accept();
    asked.ReadRequest();
    asked.Answer("ok", "Connection: close\r\n");
  }
  ScriptedServer::Connection first = full.Accept();
  first.ReadRequest();
  first.Answer("ok");
  for (Client& client : clients) BOOST_TEST(client.Read().status == 200);
}

BOOST_AUTO_TEST_CASE(so_many_wait_for_room_in_a_queue_and_others_are_turned_away) {
  Server server;
  ScriptedServer full(server.Path("full.sock"), 0);
  server.Start(Config().Workers(1).Route("/", Proxy('"' + full.name() + '"', "connections: 2")));
  // One is in the queue, two wait for it to have room, one is turned away.
  std::vector<Client> clients;
  for (int i = 0; i < 4; ++i) clients.emplace_back(server.Port()).SendGet("/");
  BOOST_TEST(Eventually([&] {
    return std::erase_if(clients, [](Client& client) {
             return client.WaitForBytes(milliseconds(1)) && client.Read().status == 503;
           }) == 1;
  }));
  for (int i = 0; i < 3; ++i) {
    ScriptedServer::Connection asked = full.Accept();
    asked.ReadRequest();
    asked.Answer("ok", "Connection: close\r\n");
  }
  BOOST_TEST(clients.size() == 3U);
  for (Client& client : clients) BOOST_TEST(client.Read().status == 200);
}

/// Of two servers one has a full queue, the other is gone: the first one is waited for.
BOOST_AUTO_TEST_CASE(a_full_queue_is_waited_for_where_no_other_server_can_be_reached) {
  Server server;
  ScriptedServer full(server.Path("full.sock"), 0);
  ScriptedServer gone;
  gone.Close();
  server.Start(
      Config().Workers(1).Route("/", Proxy("\"" + full.name() + "\", \"" + gone.name() + '"')));
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) clients.emplace_back(server.Port()).SendGet("/");
  BOOST_TEST(server.HasLogged("a server cannot be reached", 2));
  for (int i = 0; i < 3; ++i) {
    ScriptedServer::Connection asked = full.Accept();
    asked.ReadRequest();
    asked.Answer("ok", "Connection: close\r\n");
  }
  for (Client& client : clients) BOOST_TEST(client.Read().status == 200);
}

BOOST_AUTO_TEST_CASE(a_full_queue_is_waited_for_and_a_server_that_never_accepts_is_given_up) {
  Server server;
  ScriptedServer behind(server.Path("behind.sock"), 0);
  server.Start(
      Config().Workers(1).Route("/", Proxy(behind.name(), "connect: 500ms, timeout: 500ms")));
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) clients.emplace_back(server.Port()).SendGet("/");
  ScriptedServer::Connection first = behind.Accept();
  first.ReadRequest();
  first.Answer("ok", "Connection: close\r\n");
  int answered = 0;
  int late = 0;
  for (Client& client : clients) {
    const int status = client.Read().status;
    answered += status == 200 ? 1 : 0;
    late += status == 504 ? 1 : 0;
  }
  BOOST_TEST(answered == 1);
  BOOST_TEST(late == 2);
}

BOOST_AUTO_TEST_SUITE_END()

// A connection belongs to the socket that it came from: it goes on with the listener that has it,
// whatever the configuration calls that one, and with no other.
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "base/error.hpp"
#include "tests/integration/ability.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/server.hpp"
#include "tests/kill.hpp"

using namespace tined;
using namespace tined::test;

namespace {

/// A port that nobody has at this moment.
std::uint16_t FreePort() {
  const Descriptor socket(Check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  socklen_t size = sizeof address;
  Check(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size), "bind");
  Check(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  return ntohs(address.sin_port);
}

/// A listener whose every answer is its name, or a stream that echoes.
struct Place {
  std::string name;
  std::string address;
  bool is_stream = false;
};
Place Speaking(const std::string& name, const std::string& address) { return {name, address}; }
Place Streaming(const std::string& name, const std::string& address) {
  return {name, address, true};
}
Config Serving(const std::vector<Place>& places) {
  Config config = Config().Workers(2).Set("drain_timeout", "20s");
  for (const Place& place : places) {
    config.Listener(place.name, place.address);
    if (place.is_stream) {
      config.Stream(Module("echo"));
    } else {
      config.Route("/", Respond(place.name)).Route("/big", Files("${DIR}/www"));
    }
  }
  return config;
}
std::string At(std::uint16_t port, const std::string& host = "127.0.0.1") {
  return host + ":" + std::to_string(port);
}

/// Two addresses whose listeners change places, names or both.
struct TwoPorts : Server {
  TwoPorts() { Write("www/file", kBig); }
  void Begin(const std::vector<Place>& places) { Start(Serving(places)); }
  void Change(const std::vector<Place>& places) const {
    Configure(Serving(places));
    BOOST_TEST(Reload().status == 0);
  }
  /// The old workers have ended: nobody but the new ones can answer.
  void ExpectDrained(std::size_t workers = 2) const {
    BOOST_TEST(Eventually([&] { return Workers().size() == workers; }));
  }

  const std::uint16_t p = FreePort();
  const std::uint16_t q = FreePort();
  const std::string kBig = std::string(24U << 20, 'b');
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sockets, TwoPorts)

BOOST_AUTO_TEST_CASE(a_listener_gets_another_name_and_its_connections_stay) {
  Begin({Speaking("web", At(p))});
  Client idle(p);
  BOOST_TEST(idle.Get("/").body == "web");
  Client half(p);
  half.Send("GET / HTTP/1.1\r\nHo");
  Client slow(p);
  slow.SendGet("/big/file");
  BOOST_TEST(slow.WaitForBytes(kPatience));
  Change({Speaking("site", At(p))});
  ExpectDrained();
  BOOST_TEST(idle.Get("/").body == "site");
  half.Send("st: test\r\n\r\n");
  BOOST_TEST(half.Read().body == "site");
  BOOST_TEST((slow.Read().body == kBig));
  BOOST_TEST(Status()["connections"]["taken"] >= 3);
}

BOOST_AUTO_TEST_CASE(a_name_that_moves_to_another_port_takes_no_connection_along) {
  Begin({Speaking("web", At(p, "0.0.0.0")), Speaking("admin", At(q))});
  Client web(p);
  Client admin(q);
  BOOST_TEST(web.Get("/").body == "web");
  BOOST_TEST(admin.Get("/").body == "admin");
  Change({Speaking("front", At(p, "0.0.0.0")), Speaking("web", At(q))});
  ExpectDrained();
  BOOST_TEST(web.Get("/").body == "front");
  BOOST_TEST(admin.Get("/").body == "web");
  // And in one step more, both names at once.
  Change({Speaking("web", At(p, "0.0.0.0")), Speaking("front", At(q))});
  ExpectDrained();
  BOOST_TEST(web.Get("/").body == "web");
  BOOST_TEST(admin.Get("/").body == "front");
}

BOOST_AUTO_TEST_CASE(a_name_that_stays_while_its_port_goes_has_one_more_answer_for_the_old_one) {
  Begin({Speaking("web", At(p))});
  Client old(p);
  BOOST_TEST(old.Get("/").body == "web");
  Change({Speaking("web", At(q))});
  const Answer last = old.Get("/");
  BOOST_TEST(last.body == "web");
  BOOST_TEST(last["Connection"] == "close");
  BOOST_TEST(old.WaitForEnd() == Client::End::closed);
  BOOST_TEST(GetOnce(q, "/").body == "web");
}

BOOST_AUTO_TEST_CASE(the_connections_of_a_dead_worker_know_their_socket, *NeedsRescue()) {
  Begin({Speaking("web", At(p)), Speaking("admin", At(q))});
  Client web(p);
  Client admin(q);
  BOOST_TEST(web.Get("/").body == "web");
  BOOST_TEST(admin.Get("/").body == "admin");
  Change({Speaking("admin", At(p)), Speaking("web", At(q))});
  // A worker of the old configuration that has not been able to give its connection yet answers as
  // ever.
  ExpectDrained();
  for (const pid_t worker : WorkerPids()) Kill(worker, SIGKILL);
  BOOST_TEST(web.Get("/").body == "admin");
  BOOST_TEST(admin.Get("/").body == "web");
}

BOOST_AUTO_TEST_CASE(over_an_upgrade_in_place_too) {
  Begin({Speaking("web", At(p)), Speaking("admin", At(q))});
  Client web(p);
  Client admin(q);
  BOOST_TEST(web.Get("/").body == "web");
  BOOST_TEST(admin.Get("/").body == "admin");
  Configure(Serving({Speaking("admin", At(p)), Speaking("web", At(q))}));
  BOOST_TEST(Ctl({"upgrade"}).status == 0);
  ExpectDrained();
  BOOST_TEST(web.Get("/").body == "admin");
  BOOST_TEST(admin.Get("/").body == "web");
}

BOOST_AUTO_TEST_CASE(http_that_becomes_a_stream_ends_after_one_more_answer) {
  Begin({Speaking("web", At(p))});
  Client idle(p);
  BOOST_TEST(idle.Get("/").body == "web");
  Client slow(p);
  slow.SendGet("/big/file");
  BOOST_TEST(slow.WaitForBytes(kPatience));
  Change({Streaming("web", At(p))});
  const Answer last = idle.Get("/");
  BOOST_TEST(last.body == "web");
  BOOST_TEST(last["Connection"] == "close");
  BOOST_TEST(idle.WaitForEnd() == Client::End::closed);
  BOOST_TEST((slow.Read().body == kBig));
  ExpectDrained(3);  // The answer to `slow` did not say that it is the last.
  Client echo(p);
  echo.Send("hello");
  BOOST_TEST(echo.ReadBytes(5) == "hello");
}

BOOST_AUTO_TEST_CASE(a_stream_that_becomes_http_ends_after_one_more_answer) {
  Begin({Streaming("web", At(p))});
  Client old(p);
  old.Send("hello");
  BOOST_TEST(old.ReadBytes(5) == "hello");
  Change({Speaking("web", At(p))});
  old.Send("GET / HTTP/1.1\r\n\r\n");
  BOOST_TEST(old.ReadBytes(18) == "GET / HTTP/1.1\r\n\r\n");
  BOOST_TEST(old.WaitForEnd() == Client::End::closed);
  ExpectDrained();
  BOOST_TEST(GetOnce(p, "/").body == "web");
}

BOOST_AUTO_TEST_CASE(a_drained_workers_death_does_not_give_a_stream_to_http) {
  Begin({Streaming("web", At(p)), Speaking("admin", At(q))});
  Client stream(p);
  stream.Send("hello");
  BOOST_TEST(stream.ReadBytes(5) == "hello");
  Client http(q);
  BOOST_TEST(http.Get("/").body == "admin");
  Change({Speaking("web", At(p)), Streaming("admin", At(q))});
  for (const pid_t worker : WorkerPids("draining")) Kill(worker, SIGKILL);
  BOOST_TEST(stream.WaitForEnd() == Client::End::closed);
  BOOST_TEST(http.WaitForEnd() == Client::End::closed);
}

BOOST_AUTO_TEST_CASE(a_request_whose_listener_died_with_its_worker_is_told_so, *NeedsRescue()) {
  Begin({Speaking("web", At(p)), Speaking("admin", At(q))});
  Client half(q);
  half.Send("GET / HTTP/1.1\r\nHo");
  BOOST_TEST(Eventually([&] { return Status()["connections"]["open"] == 1; }));
  Change({Speaking("web", At(p))});
  for (const pid_t worker : WorkerPids("draining")) Kill(worker, SIGKILL);
  BOOST_TEST(Eventually([&] { return Status()["connections"]["taken"] == 1; }));
  half.Send("st: test\r\n\r\n");
  const Answer told = half.Read();
  BOOST_TEST(told.status == 503);
  BOOST_TEST(told["Connection"] == "close");
  BOOST_TEST(half.WaitForEnd() == Client::End::closed);
}

BOOST_AUTO_TEST_SUITE_END()

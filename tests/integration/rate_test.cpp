// How many requests there may be, in a time and at once: counted by all workers together, whatever
// becomes of them.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/http2_client.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

constexpr const char* kTwenty = "limits: {rate: {requests: 10/h, burst: 20}}";

struct Limited {
  /// How many of `times` requests are answered, each on a connection of its own.
  int Answered(int times, const std::string& lines = {}, const std::string& target = "/") const {
    int answered = 0;
    for (int i = 0; i < times; ++i) {
      const Answer answer = GetOnce(server.Port(), target, lines);
      BOOST_TEST((answer.status == 200 || answer.status == 429), answer.header);
      answered += answer.status == 200 ? 1 : 0;
    }
    return answered;
  }

  Server server;
};

/// A program that waits for a word in the FIFO that its query names.
struct Waiting : Limited {
  Waiting() {
    server.Write("wait",
                 "#!/bin/sh\nread word < $DIR/$QUERY_STRING\necho Content-Type: text/plain\necho\n"
                 "echo $word\n");
    std::filesystem::permissions(server.Path("wait"), std::filesystem::perms(0755));
    server.Write("to", "#!/bin/sh\necho \"Location: $QUERY_STRING\"\necho\n");
    std::filesystem::permissions(server.Path("to"), std::filesystem::perms(0755));
    for (const std::string fifo : {"one", "two"}) {
      BOOST_REQUIRE(::mkfifo(server.Path(fifo).c_str(), 0666) == 0);
    }
    server.Start(
        Config()
            .Workers(2)
            .Listener("web", "127.0.0.1:0", "protocols: [http2, http1]")
            .Route("/", Respond("hi"))
            .Route("/to", Program("file: \"${DIR}/to\""), "limits: {in_flight: 1}")
            .Route("/wait-freely", Program("file: \"${DIR}/wait\", environment: {DIR: \"${DIR}\"}"))
            .Route("/wait", Program("file: \"${DIR}/wait\", environment: {DIR: \"${DIR}\"}"),
                   "replay: none, limits: {in_flight: 1}"));
  }
  /// The writing end, once the program waits.
  tined::Descriptor WaitForReader(const std::string& fifo) const {
    tined::Descriptor end;
    BOOST_REQUIRE(Eventually([&] {
      end = tined::Descriptor(::open(server.Path(fifo).c_str(), O_WRONLY | O_NONBLOCK));
      return static_cast<bool>(end);
    }));
    return end;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(rate, Limited)

BOOST_AUTO_TEST_CASE(all_workers_count_together_and_what_they_counted_outlives_them) {
  const auto config = [](const std::string& more) {
    return Config().Workers(2).Route("/", Respond("hi"), kTwenty + more);
  };
  server.Start(config(""));
  BOOST_TEST(Answered(30) == 20);
  const Answer refused = GetOnce(server.Port(), "/");
  BOOST_TEST(refused.status == 429);
  const int wait = std::stoi(refused["Retry-After"]);
  BOOST_TEST((wait > 300 && wait <= 360), wait);
  for (const int slot : {0, 1}) {
    const std::size_t at = server.LogSize();
    server.KillWorker(slot, SIGKILL);
    server.WaitForLog({"worker is ready", "worker=" + std::to_string(slot)}, at);
  }
  BOOST_TEST(Answered(10) == 0);
  server.Configure(config(", headers: {set: {X-New: 1}}"));
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(Answered(10) == 0);
  BOOST_TEST(GetOnce(server.Port(), "/")["X-New"] == "1");
}

BOOST_AUTO_TEST_CASE(clients_are_told_apart_and_keys) {
  server.Start(
      Config()
          .Listener("web", "127.0.0.1:0",
                    "protocols: [http2, http1]\n    trusted_proxies: 127.0.0.1\n    "
                    "limits: {rate: {requests: 1/h, burst: 2}}")
          .Route("/", Respond("hi"))
          .Route("/two", Respond("hi"))
          .Route("/key", Respond("hi"), "limits: {rate: {requests: 1/h, per: \"header:X-Key\"}}"));
  BOOST_TEST(Answered(5, "X-Forwarded-For: 192.0.2.1\r\n") == 2);
  BOOST_TEST(Answered(5, "X-Forwarded-For: 192.0.2.1\r\n", "/two") == 0);
  BOOST_TEST(Answered(5, "X-Forwarded-For: 2001:db8::1\r\n") == 2);
  BOOST_TEST(Answered(5, "X-Forwarded-For: 2001:db8::2\r\n") == 0);
  BOOST_TEST(Answered(5, "X-Key: a\r\n", "/key") == 1);
  BOOST_TEST(Answered(5, "X-Key: b\r\n", "/key") == 1);
  Http2Client client(server.Port());
  for (const std::uint32_t stream : {1U, 3U, 5U}) client.Ask(stream, "/");
  BOOST_TEST(client.Read(1).status == 200);
  BOOST_TEST(client.Read(3).status == 200);
  BOOST_TEST(client.Read(5).status == 429);
}

BOOST_AUTO_TEST_CASE(a_request_is_counted_when_its_head_is_there) {
  server.Start(Config()
                   .Listener("web", "127.0.0.1:0", "protocols: [http2, http1]")
                   .Route("/one", Module("echo"), "limits: {rate: {requests: 1/h}}")
                   .Route("/two", Module("echo"), "limits: {rate: {requests: 1/h}}"));
  const std::string head = " HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n";
  Client first(server.Port());
  first.Send("POST /one" + head + "Expect: 100-continue\r\n\r\n");
  BOOST_TEST(first.ReadHeader().status == 100);
  // What has not come is not waited for.
  Client second(server.Port());
  const Answer refused = second.Ask("POST /one" + head + "\r\n");
  BOOST_TEST(refused.status == 429);
  BOOST_TEST(refused.Has("Retry-After"));
  BOOST_TEST((second.WaitForEnd() == Client::End::closed));
  const Answer answer = first.Ask("hello");
  BOOST_TEST(answer.status == 200);
}

BOOST_AUTO_TEST_CASE(a_request_that_was_counted_is_answered_when_its_content_has_come) {
  server.Start(Config()
                   .Workers(1)
                   .Listener("web", "127.0.0.1:0", "protocols: [http2, http1]")
                   .Route("/one", Module("echo"), "limits: {rate: {requests: 1/h}}")
                   .Route("/two", Module("echo"), "limits: {rate: {requests: 1/h}}"));
  Client first(server.Port());
  first.Send("POST /one HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
  Http2Client client(server.Port());
  client.Ask(1, "/two", "POST", /*ends_stream=*/false);
  client.Ask(3, "/two", "POST", /*ends_stream=*/false);
  BOOST_TEST(client.Read(3).status == 429);
  BOOST_TEST(Eventually([&] { return GetOnce(server.Port(), "/one").status == 429; }));
  // Whoever goes on with them counts them no more.
  BOOST_TEST(server.Reload().status == 0);
  first.Send("llo");
  BOOST_TEST(first.Read().status == 200);
  client.SendData(1, "hello");
  BOOST_TEST(client.Read(1).status == 200);
  BOOST_TEST(GetOnce(server.Port(), "/one").status == 429);
}

BOOST_FIXTURE_TEST_CASE(a_request_that_is_redirected_within_keeps_its_place, Waiting) {
  Client first(server.Port());
  first.SendGet("/to?/wait-freely?one");
  {
    const tined::Descriptor words = WaitForReader("one");
    BOOST_TEST(GetOnce(server.Port(), "/to?/").status == 503);
    Http2Client other(server.Port());
    other.Ask(1, "/to?/");
    BOOST_TEST(other.Read(1).status == 503);
    BOOST_REQUIRE(::write(words.get(), "hello\n", 6) == 6);
  }
  BOOST_TEST(first.Read().body == "hello\n");
  BOOST_TEST(GetOnce(server.Port(), "/to?/").body == "hi");
  Http2Client second(server.Port());
  second.Ask(1, "/to?/wait-freely?two");
  const tined::Descriptor words = WaitForReader("two");
  BOOST_TEST(GetOnce(server.Port(), "/to?/").status == 503);
  BOOST_REQUIRE(::write(words.get(), "again\n", 6) == 6);
  BOOST_TEST(second.Read(1).content == "again\n");
  second.Ask(3, "/to?/");
  BOOST_TEST(second.Read(3).content == "hi");
}

BOOST_FIXTURE_TEST_CASE(what_is_in_flight_takes_up_a_place_until_it_has_ended, Waiting) {
  Client first(server.Port());
  first.SendGet("/wait?one");
  {
    const tined::Descriptor words = WaitForReader("one");
    const Answer refused = GetOnce(server.Port(), "/wait");
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(refused["Retry-After"] == "1");
    BOOST_TEST(GetOnce(server.Port(), "/").status == 200);
    BOOST_REQUIRE(::write(words.get(), "hello\n", 6) == 6);
  }
  BOOST_TEST(first.Read().body == "hello\n");
  first.SendGet("/wait?two");
  const tined::Descriptor words = WaitForReader("two");
  BOOST_REQUIRE(::write(words.get(), "again\n", 6) == 6);
  BOOST_TEST(first.Read().body == "again\n");
}

BOOST_FIXTURE_TEST_CASE(what_a_dead_worker_had_in_flight_is_given_back, Waiting) {
  Client first(server.Port());
  first.SendGet("/wait?one");
  const tined::Descriptor words = WaitForReader("one");
  BOOST_TEST(GetOnce(server.Port(), "/wait").status == 503);
  const std::size_t at = server.LogSize();
  for (const int slot : {0, 1}) server.KillWorker(slot, SIGKILL);
  server.WaitForLog({"worker is ready", "worker=0"}, at);
  server.WaitForLog({"worker is ready", "worker=1"}, at);
  Client second(server.Port());
  second.SendGet("/wait?two");
  const tined::Descriptor more = WaitForReader("two");
  BOOST_REQUIRE(::write(more.get(), "hello\n", 6) == 6);
  BOOST_TEST(second.Read().body == "hello\n");
}

BOOST_AUTO_TEST_SUITE_END()

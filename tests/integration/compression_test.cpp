// Answers that are compressed while they are sent, as clients with decoders of their own see them.
#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "tests/integration/ability.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/kill.hpp"

using namespace tined::test;

namespace {

const std::string kText = [] {
  std::string text;
  for (int i = 0; text.size() < 300'000; ++i) text += "line " + std::to_string(i * 7919) + "\n";
  return text;
}();

struct Running {
  Running() {
    server.Write("www/small.txt", kText.substr(0, 8000));
    server.Write("www/large.txt", kText);
    server.Write("www/huge.txt", kText + kText + kText + kText);
    server.Write("www/picture.png", kText);
    server.Start(Config()
                     .Listener("web", "127.0.0.1:0", "compress: {}")
                     .Route("/", Files("${DIR}/www"))
                     .Route("/async", Files("${DIR}/www", "io: async"))
                     .Route("/plain", Files("${DIR}/www"), "compress: {codings: []}")
                     .Route("/text", Respond(std::string(5000, 'x')))
                     .Route("/pieces", Module("pieces")));
  }

  Answer Get(const std::string& target, const std::string& lines = {}) const {
    return GetOnce(server.Port(), target, lines);
  }
  /// What curl, which decodes by itself, makes of it.
  [[nodiscard]] std::string Fetched(const std::string& target, const std::string& coding) const {
    return RunProgram({"/usr/bin/curl", "-sS", "--compressed", "-H", "Accept-Encoding: " + coding,
                       "http://127.0.0.1:" + std::to_string(server.Port()) + target})
        .output;
  }

  Server server;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(compression, Running)

BOOST_AUTO_TEST_CASE(clients_get_every_byte_in_the_coding_that_they_take) {
  for (const std::string coding : {"gzip", "br", "zstd"}) {
    for (const auto& [target, size] : {std::pair("/small.txt", 8000UL),
                                       {"/large.txt", kText.size()},
                                       {"/async/large.txt", kText.size()}}) {
      const Answer answer = Get(target, "Accept-Encoding: " + coding + "\r\n");
      BOOST_TEST_CONTEXT(coding << " " << target << ": " << answer.header) {
        BOOST_TEST(answer["Content-Encoding"] == coding);
        BOOST_TEST(answer["Vary"] == "Accept-Encoding");
        BOOST_TEST(answer.body.size() < size / 2);
        BOOST_TEST((Fetched(target, coding) == kText.substr(0, size)));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(fixed_answers_and_errors_are_answers_like_others) {
  BOOST_TEST((Fetched("/text", "br") == std::string(5000, 'x')));
  BOOST_TEST(Get("/text", "Accept-Encoding: br\r\n")["Content-Encoding"] == "br");
  BOOST_TEST(Get("/nope", "Accept-Encoding: br\r\n")["Vary"] == "Accept-Encoding");
}

BOOST_AUTO_TEST_CASE(some_stay_as_they_are) {
  const std::string accepts = "Accept-Encoding: gzip\r\n";
  for (const std::string target : {"/huge.txt", "/picture.png", "/plain/large.txt"}) {
    BOOST_TEST(!Get(target, accepts).Has("Content-Encoding"), target);
  }
  const Answer part = Get("/large.txt", accepts + "Range: bytes=0-9\r\n");
  BOOST_TEST(part.status == 206);
  BOOST_TEST(part.body == kText.substr(0, 10));
  BOOST_TEST(!Get("/large.txt").Has("Content-Encoding"));
  BOOST_TEST(!Get("/nope", accepts).Has("Content-Encoding"));
}

BOOST_AUTO_TEST_CASE(what_was_compressed_is_known_again) {
  const std::string accepts = "Accept-Encoding: gzip\r\n";
  const std::string tag = Get("/large.txt", accepts)["ETag"];
  BOOST_TEST(tag.starts_with("W/\""));
  const Answer same = Get("/large.txt", accepts + "If-None-Match: " + tag + "\r\n");
  BOOST_TEST(same.status == 304);
  BOOST_TEST(same["ETag"] == tag);
  server.Write("www/large.txt", kText.substr(0, 100'000));
  BOOST_TEST(Get("/large.txt", accepts + "If-None-Match: " + tag + "\r\n").status == 200);
  BOOST_TEST((Fetched("/large.txt", "gzip") == kText.substr(0, 100'000)));
}

BOOST_AUTO_TEST_CASE(pieces_arrive_whole_whatever_their_length) {
  const std::string plain = Get("/pieces?size=3000000").body;
  BOOST_TEST(plain.size() == 3'000'000U);
  for (const std::string target : {"/pieces?size=3000000", "/pieces?size=3000000&declare=1"}) {
    for (const std::string coding : {"gzip", "br", "zstd"}) {
      BOOST_TEST((Fetched(target, coding) == plain), target << " " << coding);
    }
    const Answer answer = Get(target, "Accept-Encoding: zstd\r\n");
    BOOST_TEST(answer["Content-Encoding"] == "zstd");
    BOOST_TEST(!answer.Has("Content-Length"));
    BOOST_TEST(answer.body.size() < 300'000U);
  }
}

BOOST_AUTO_TEST_CASE(head_says_what_get_would) {
  Client client(server.Port());
  client.Send("HEAD /large.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br\r\n\r\n");
  const Answer head = client.Read(true);
  BOOST_TEST(head["Content-Encoding"] == "br");
  BOOST_TEST(head["Content-Length"] ==
             std::to_string(Get("/large.txt", "Accept-Encoding: br\r\n").body.size()));
}

BOOST_AUTO_TEST_CASE(a_worker_that_is_killed_loses_nothing_of_it, *NeedsRescue()) {
  const std::string request = "GET /large.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n";
  Client client(server.Port());
  const std::string first = client.Ask(request).body;
  for (int i = 0; i < 10; ++i) {
    for (const pid_t pid : server.WorkerPids()) BOOST_TEST(Kill(pid, SIGKILL) == 0);
    BOOST_TEST((client.Ask(request).body == first));
  }
}

BOOST_AUTO_TEST_SUITE_END()

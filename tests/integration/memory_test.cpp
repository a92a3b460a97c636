// Clients that want a worker's memory: what they announce costs nothing, and what they send cannot
// take what others need.
#include <boost/test/unit_test.hpp>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

Config Serving() {
  return Config().Workers(1).Route("/", Respond("hello")).Route("/files", Files("${DIR}/files"));
}

void ExpectServedAtOnce(const Server& server) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i) {
    const Answer answer = GetOnce(server.Port(), "/files/page");
    BOOST_REQUIRE(answer.status == 200);
    BOOST_TEST(answer.body.size() == 1024U);
  }
  BOOST_TEST((std::chrono::steady_clock::now() - start < seconds(5)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(memory)

BOOST_AUTO_TEST_CASE(a_length_that_is_announced_takes_no_memory) {
  Server server;
  server.Write("files/page", std::string(1024, 'x'));
  server.Start(Serving());
  std::vector<Client> greedy;
  // Those that have sent little take whatever smaller blocks the others have left.
  for (int i = 0; i < 840; ++i) {
    greedy.emplace_back(server.Port());
    greedy.back().Send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1048576\r\n\r\n" +
                       std::string(i < 700 ? 17'000 : 9'000, 'x'));
  }
  ExpectServedAtOnce(server);
  // They are served, too.
  Client& first = greedy.front();
  first.Send(std::string(1'048'576 - 17'000, 'x'));
  BOOST_TEST(first.Read().status == 200);
}

BOOST_AUTO_TEST_CASE(bodies_that_fill_the_memory_leave_room_for_others) {
  Server server;
  server.Write("files/page", std::string(1024, 'x'));
  // However long a busy machine takes.
  server.Start(
      Serving().Set("limits", "{body: 64MiB}").Set("timeouts", "{body: 10m, body_rate: 0}"));
  std::vector<Client> greedy;
  int refused = 0;
  // Each takes a block of 32 MiB, and while it grows the one of 16 MiB as well: nineteen fit.
  for (int i = 0; i < 24; ++i) {
    greedy.emplace_back(server.Port());
    Client& client = greedy.back();
    client.Send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 67108864\r\n\r\n");
    client.Send(std::string((16U << 20) + 1, 'x'));
    if (i >= 20) {
      BOOST_TEST(client.Read().status == 503);
      ++refused;
    }
  }
  BOOST_TEST(refused == 4);
  ExpectServedAtOnce(server);
  const pid_t worker = server.WorkerPids().front();
  const milliseconds before = CpuTimeOf(worker);
  std::this_thread::sleep_for(milliseconds(500));
  BOOST_TEST((CpuTimeOf(worker) - before < milliseconds(250)));
  greedy.clear();
  BOOST_TEST(Eventually([&] {
    Client client(server.Port());
    client.Send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\n" +
                std::string(1'000'000, 'x'));
    return client.Read().status == 200;
  }));
}

BOOST_AUTO_TEST_SUITE_END()

// What a loop is told of a socket, until it is closed and after it.
#include "worker/watched_socket.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "base/error.hpp"

namespace tined::worker {
namespace {

struct Silent final : loop::Watcher {
  void OnReady(std::uint32_t) noexcept override { ++times; }
  int times = 0;
};

struct Scene {
  Scene() {
    int ends[2];
    Check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), "socketpair");
    client.Reset(ends[0]);
    other.Reset(Check(::dup(ends[1]), "dup"));
    socket.Take(Descriptor(ends[1]));
  }
  void Begin() {
    BOOST_TEST_REQUIRE(socket.Watch(loop, EPOLLIN, watcher));
    BOOST_TEST_REQUIRE(::send(client.get(), "x", 1, 0) == 1);
    loop.Turn();
    BOOST_TEST(watcher.times == 1);
  }
  /// So many turns of the loop within a tenth of a second in which nothing is to be done.
  int TurnsOfIdleLoop() {
    bool is_over = false;
    loop::Alarm end([&] { is_over = true; });
    loop.Arm(end, loop.now() + std::chrono::milliseconds(100));
    int turns = 0;
    for (; !is_over && turns < 1000; ++turns) loop.Turn();
    return turns;
  }

  loop::Loop loop;
  Silent watcher;
  Descriptor client;
  Descriptor other;  ///< the same socket, as another process has it
  WatchedSocket socket;
};

BOOST_FIXTURE_TEST_SUITE(WatchedSocketTest, Scene)

BOOST_AUTO_TEST_CASE(a_loop_sleeps_after_the_close_of_a_socket_that_another_process_still_has) {
  socket.MarkShared();
  Begin();
  socket.Close(loop);
  BOOST_TEST(TurnsOfIdleLoop() < 20);
  BOOST_TEST(watcher.times == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::worker

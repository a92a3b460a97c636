// What another process has done to a socket before this one got it.
#include "transport/socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include "base/descriptor.hpp"

namespace tined::transport {
namespace {

linger LingerOf(int socket) {
  linger value{1, 1};
  socklen_t size = sizeof value;
  BOOST_REQUIRE(::getsockopt(socket, SOL_SOCKET, SO_LINGER, &value, &size) == 0);
  return value;
}

BOOST_AUTO_TEST_SUITE(SocketTest)

BOOST_AUTO_TEST_CASE(one_that_blocks_and_lingers_holds_nobody_up_once_it_is_harmless) {
  for (const int type : {AF_UNIX, AF_INET}) {
    const Descriptor socket(::socket(type, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const linger long_time{.l_onoff = 1, .l_linger = 3600};
    BOOST_REQUIRE(::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &long_time, sizeof long_time) ==
                  0);
    BOOST_TEST((::fcntl(socket.get(), F_GETFL) & O_NONBLOCK) == 0);
    MakeHarmless(socket.get());
    BOOST_TEST((::fcntl(socket.get(), F_GETFL) & O_NONBLOCK) != 0);
    BOOST_TEST(LingerOf(socket.get()).l_onoff == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::transport

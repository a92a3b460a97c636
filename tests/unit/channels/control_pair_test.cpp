#include "channels/control_pair.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

namespace tined::channels {
namespace {

struct Pair {
  ControlPair line = MakeControlPair();
  Message message;
};

BOOST_FIXTURE_TEST_SUITE(MessagesTest, Pair)

BOOST_AUTO_TEST_CASE(a_message_arrives_as_it_was_sent) {
  BOOST_TEST((SendMessage(line.child.get(), {MessageKind::ready}) == SendResult::sent));
  BOOST_TEST((ReceiveMessage(line.supervisor.get(), message) == ReceiveResult::received));
  BOOST_TEST((message.order.kind == MessageKind::ready));
  BOOST_TEST(!message.descriptor);
  BOOST_TEST((ReceiveMessage(line.supervisor.get(), message) == ReceiveResult::empty));
}

BOOST_AUTO_TEST_CASE(a_descriptor_goes_along_and_closes_on_exec) {
  Descriptor file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  BOOST_TEST((SendMessage(line.supervisor.get(), {MessageKind::reopen_log}, file.get()) ==
              SendResult::sent));
  BOOST_TEST((ReceiveMessage(line.child.get(), message) == ReceiveResult::received));
  BOOST_REQUIRE(static_cast<bool>(message.descriptor));
  BOOST_TEST((::fcntl(message.descriptor.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

BOOST_AUTO_TEST_CASE(packets_of_another_size_are_skipped) {
  char junk[100] = {};
  BOOST_TEST(::send(line.child.get(), junk, sizeof junk, 0) > 0);
  BOOST_TEST(::send(line.child.get(), junk, 1, 0) > 0);
  BOOST_TEST((SendMessage(line.child.get(), {MessageKind::ready}) == SendResult::sent));
  BOOST_TEST((ReceiveMessage(line.supervisor.get(), message) == ReceiveResult::received));
  BOOST_TEST((message.order.kind == MessageKind::ready));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_other_side_shows) {
  line.supervisor.Reset();
  BOOST_TEST((ReceiveMessage(line.child.get(), message) == ReceiveResult::closed));
  BOOST_TEST((SendMessage(line.child.get(), {MessageKind::ready}) == SendResult::closed));
}

BOOST_AUTO_TEST_CASE(a_full_line_refuses_without_blocking) {
  SendResult result = SendResult::sent;
  for (int i = 0; i < 100000 && result == SendResult::sent; ++i) {
    result = SendMessage(line.supervisor.get(), {MessageKind::drain});
  }
  BOOST_TEST((result == SendResult::full));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::channels

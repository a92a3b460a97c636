// The channel that workers share, as a worker may treat it; and the line to one of them.
#include "supervisor/workers/handoff_channel.hpp"

#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <vector>

#include "supervisor/workers/worker_control.hpp"

namespace tined::supervisor {
namespace {

using channels::MessageKind;

BOOST_AUTO_TEST_SUITE(HandoffChannelTest)

BOOST_AUTO_TEST_CASE(a_channel_that_somebody_shuts_down_is_replaced) {
  loop::Loop loop;
  int replaced = 0;
  HandoffChannel channel(loop, channels::MakeHandoffChannel(), [&] { ++replaced; });
  BOOST_REQUIRE(::shutdown(channel.give(), SHUT_RDWR) == 0);
  while (replaced == 0) loop.Turn();
  BOOST_TEST(
      (channels::SendMessage(channel.give(), {MessageKind::ready}) == channels::SendResult::sent));
  channels::Message message;
  BOOST_TEST(
      (channels::ReceiveMessage(channel.take(), message) == channels::ReceiveResult::received));
}

BOOST_AUTO_TEST_SUITE_END()

struct Talk {
  Talk() { line.Connect(std::move(ends.supervisor)); }
  [[nodiscard]] bool Watch() {
    return line.Watch(
        loop, {[this](const channels::Message& message) { said.push_back(message.order.kind); },
               [](MessageKind) { return -1; }});
  }
  [[nodiscard]] std::vector<std::uint32_t> Received() const {
    std::vector<std::uint32_t> counts;
    channels::Message message;
    while (channels::ReceiveMessage(ends.child.get(), message) ==
           channels::ReceiveResult::received) {
      counts.push_back(message.order.count);
    }
    return counts;
  }

  loop::Loop loop;
  channels::ControlPair ends = channels::MakeControlPair();
  std::vector<MessageKind> said;
  WorkerControl line;
};

BOOST_FIXTURE_TEST_SUITE(WorkerControlTest, Talk)

BOOST_AUTO_TEST_CASE(orders_wait_for_room_and_keep_their_order) {
  BOOST_REQUIRE(Watch());
  std::uint32_t sent = 0;
  while (channels::SendMessage(line.descriptor(), {MessageKind::relieve, sent + 1}) ==
         channels::SendResult::sent) {
    ++sent;
  }
  line.Send({MessageKind::relieve, sent + 1});
  line.Send({MessageKind::relieve, sent + 2});
  line.Hint({MessageKind::look, 0});
  std::vector<std::uint32_t> received = Received();
  BOOST_TEST(received.size() == sent);
  while (received.size() < sent + 2) {
    loop.Turn();
    for (const std::uint32_t count : Received()) received.push_back(count);
  }
  for (std::uint32_t i = 0; i < received.size(); ++i) BOOST_REQUIRE(received[i] == i + 1);
}

BOOST_AUTO_TEST_CASE(what_a_worker_said_last_is_heard_at_its_end) {
  BOOST_REQUIRE(Watch());
  BOOST_REQUIRE((channels::SendMessage(ends.child.get(), {MessageKind::ready}) ==
                 channels::SendResult::sent));
  ends.child.Reset();
  line.End();
  BOOST_TEST((said == std::vector<MessageKind>{MessageKind::ready}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::supervisor

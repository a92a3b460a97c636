// Waiting for room: at once where there is some, as soon as there is, and without spinning where
// the kernel says that there is some and takes nothing.
#include "channels/room_waiter.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/test/unit_test.hpp>

#include "channels/control_pair.hpp"

namespace tined::channels {
namespace {

struct Waiting {
  /// Turns until `holds`, or for so long.
  template <typename Condition>
  bool TurnUntil(Condition holds, Duration patience = std::chrono::seconds(5)) {
    bool is_over = false;
    loop::Alarm end([&] { is_over = true; });
    loop.Arm(end, Clock::now() + patience);
    while (!holds() && !is_over) loop.Turn();
    loop::Loop::Disarm(end);
    return holds();
  }
  void FillChannel() {
    while (SendMessage(channel.child.get(), {MessageKind::ready}) == SendResult::sent) {
    }
  }
  void EmptyChannel() {
    Message message;
    while (ReceiveMessage(channel.supervisor.get(), message) == ReceiveResult::received) {
    }
  }

  loop::Loop loop;
  ControlPair channel = MakeControlPair();
  int left = 0;
  int calls = 0;
  RoomWaiter waiter{loop, channel.child.get(), [this] {
                      ++calls;
                      RoomWaiter::Progress progress;
                      while (left > 0 && SendMessage(channel.child.get(), {MessageKind::ready}) ==
                                             SendResult::sent) {
                        --left;
                        progress.has_sent = true;
                      }
                      progress.wants_more = left > 0;
                      return progress;
                    }};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(RoomWaiterTest, Waiting)

BOOST_AUTO_TEST_CASE(what_there_is_room_for_goes_at_once) {
  left = 1;
  waiter.Send();
  BOOST_TEST(left == 0);
  BOOST_TEST(!waiter.is_waiting());
}

BOOST_AUTO_TEST_CASE(the_rest_goes_when_there_is_room) {
  FillChannel();
  left = 1;
  waiter.Send();
  BOOST_TEST(waiter.is_waiting());
  TurnUntil([] { return false; }, std::chrono::milliseconds(50));
  BOOST_TEST(calls == 1);
  EmptyChannel();
  BOOST_TEST(TurnUntil([this] { return left == 0; }));
  BOOST_TEST(!waiter.is_waiting());
}

BOOST_AUTO_TEST_CASE(a_channel_that_is_writable_and_takes_nothing_is_tried_seldom) {
  int tries = 0;
  bool has_room = false;
  RoomWaiter lied_to(loop, channel.child.get(), [&] {
    ++tries;
    return RoomWaiter::Progress{has_room, !has_room};
  });
  lied_to.Send();
  TurnUntil([] { return false; }, std::chrono::milliseconds(300));
  BOOST_TEST(tries > 2);
  BOOST_TEST(tries < 10);
  has_room = true;
  BOOST_TEST(TurnUntil([&] { return !lied_to.is_waiting(); }));
}

BOOST_AUTO_TEST_CASE(another_channel_takes_what_waits) {
  FillChannel();
  left = 1;
  waiter.Send();
  BOOST_TEST(left == 1);
  channel = MakeControlPair();
  waiter.ChangeChannel(channel.child.get());
  BOOST_TEST(left == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::channels

// Who has which mailbox, and what becomes of letters that nobody has read.
#include "supervisor/generation/mailboxes.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <optional>

#include "base/passing.hpp"

namespace tined::supervisor {
namespace {

struct Pool {
  explicit Pool(std::size_t count) : mailboxes(std::make_shared<Mailboxes>(board, count)) {}

  Mailboxes::Board board = std::make_shared<SharedFile<shared::ExecutorBoard>>("board");
  std::shared_ptr<Mailboxes> mailboxes;
};

/// Sends a letter with `descriptor`.
void Send(int mailbox, int descriptor) {
  char byte = 'x';
  iovec bytes{&byte, 1};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  PassedAlong<1> passed;
  passed.Attach(message, {&descriptor, 1});
  BOOST_REQUIRE(::sendmsg(mailbox, &message, 0) == 1);
}

BOOST_AUTO_TEST_SUITE(MailboxesTest)

BOOST_AUTO_TEST_CASE(each_is_one_workers_until_that_has_ended) {
  const Pool pool(2);
  std::optional<Mailboxes::Lease> first = pool.mailboxes->Lend();
  const Mailboxes::Lease second = pool.mailboxes->Lend();
  BOOST_TEST(first->descriptor() >= 0);
  BOOST_TEST(second.descriptor() >= 0);
  BOOST_TEST(first->number() != second.number());
  BOOST_TEST(pool.mailboxes->Lend().descriptor() == -1);
  const std::uint16_t number = first->number();
  (*pool.board)->askers[number].store(4711);
  first.reset();
  BOOST_TEST((*pool.board)->askers[number].load() == 0);
  BOOST_TEST(pool.mailboxes->Lend().number() == number);
}

BOOST_AUTO_TEST_CASE(there_are_no_more_than_a_board_has_room_for) {
  const Pool pool(1000);
  BOOST_TEST(pool.mailboxes->gives().size() == shared::ExecutorBoard::kMostMailboxes);
  const Pool none(0);
  BOOST_TEST(none.mailboxes->Lend().descriptor() == -1);
}

BOOST_AUTO_TEST_CASE(what_a_worker_has_left_unread_is_closed) {
  const Pool pool(1);
  int ends[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
  const Descriptor executor(ends[0]);
  {
    const Mailboxes::Lease lease = pool.mailboxes->Lend();
    const Descriptor theirs(ends[1]);
    Send(pool.mailboxes->gives()[0], theirs.get());
  }
  pollfd look{.fd = executor.get(), .events = 0, .revents = 0};
  BOOST_TEST(::poll(&look, 1, 0) == 1);
  BOOST_TEST((look.revents & POLLHUP) != 0);
  BOOST_TEST(pool.mailboxes->Lend().descriptor() >= 0);
}

BOOST_AUTO_TEST_CASE(one_that_was_shut_down_is_lent_to_nobody) {
  const Pool pool(1);
  {
    const Mailboxes::Lease lease = pool.mailboxes->Lend();
    BOOST_TEST(::shutdown(pool.mailboxes->gives()[0], SHUT_RDWR) == 0);
  }
  BOOST_TEST(pool.mailboxes->Lend().descriptor() == -1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::supervisor

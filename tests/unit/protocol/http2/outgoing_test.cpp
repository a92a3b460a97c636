#include "protocol/http2/outgoing.hpp"

#include <boost/test/unit_test.hpp>

#include "backends/threads.hpp"
#include "loop/loop.hpp"

namespace tined::http2 {
namespace {

using Outcome = Outgoing::Outcome;

struct Reading {
  config::Threads settings;
  ledger::ThreadFigures figures{};
  loop::Loop loop;
  backends::Threads threads{loop, settings, figures};
  backends::FileReader files{loop, threads};
};

BOOST_FIXTURE_TEST_SUITE(OutgoingTest, Reading)

BOOST_AUTO_TEST_CASE(bytes_come_in_pieces_and_the_last_one_says_so) {
  Outgoing outgoing(answer::Bytes{{}, "0123456789"}, files);
  BOOST_TEST(outgoing.length().value() == 10U);
  const Outgoing::Piece first = outgoing.Take(7);
  BOOST_TEST(first.bytes == "0123456");
  BOOST_TEST(!first.is_last);
  const Outgoing::Piece last = outgoing.Take(7);
  BOOST_TEST(last.bytes == "789");
  BOOST_TEST(last.is_last);
  BOOST_TEST((outgoing.Take(7).outcome == Outcome::end));
}

BOOST_AUTO_TEST_CASE(what_is_borrowed_may_be_gone_before_it_is_sent) {
  std::string cached = "what was answered";
  Outgoing outgoing(answer::Bytes{cached}, files);
  cached.assign(cached.size(), 'x');
  BOOST_TEST(outgoing.Take(100).bytes == "what was answered");
}

BOOST_AUTO_TEST_CASE(what_is_out_already_is_left_out) {
  Outgoing outgoing(answer::Bytes{{}, "0123456789"}, files);
  BOOST_TEST(outgoing.Skip(4));
  BOOST_TEST(outgoing.Take(100).bytes == "456789");
  Outgoing shorter(answer::Bytes{{}, "0123"}, files);
  BOOST_TEST(!shorter.Skip(5));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http2

#include "supervisor/listening/fd_store.hpp"

#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <utility>

using namespace tined;
using namespace tined::supervisor;

namespace {

struct Ends {
  explicit Ends(int type = SOCK_SEQPACKET) {
    int both[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, both) == 0);
    take.Reset(both[0]);
    give.Reset(both[1]);
  }
  Descriptor take;
  Descriptor give;
};

/// What the next supervisor makes of a channel that was kept.
Legacy Passed(Descriptor take, Descriptor give) {
  service_manager::PassedDescriptors passed;
  passed.emplace(FdStore::kTakeChannel, std::move(take));
  passed.emplace(FdStore::kGiveChannel, std::move(give));
  return TakeLegacy(passed);
}

bool IsUsed(const Legacy& legacy) { return legacy.handoff.take && legacy.handoff.give; }

}  // namespace

BOOST_AUTO_TEST_SUITE(fd_store_names)

BOOST_AUTO_TEST_CASE(hold_no_colon_and_give_the_key_back) {
  for (const std::string key : {"127.0.0.1:8080", "[::1]:80", "127.0.0.1:0 web", "unix:/run/a b%c",
                                "unix:/run/\xc3\xa4", "unix:/%41"}) {
    const std::string name = StoreNameOf(key);
    BOOST_TEST(name.find(':') == std::string::npos, name);
    BOOST_TEST(name.find(' ') == std::string::npos, name);
    BOOST_TEST(KeyOfStoreName(name) == key);
  }
}

BOOST_AUTO_TEST_CASE(have_a_limit) {
  BOOST_TEST(StoreNameOf(std::string(242, 'x')).size() == 255U);
  BOOST_TEST(StoreNameOf(std::string(243, 'x')) == "");
}

BOOST_AUTO_TEST_CASE(of_others_are_no_keys) {
  for (const std::string name : {"", "web", "tined-take", "tined-listen", "tined-listen-a%",
                                 "tined-listen-a%3", "tined-listen-a%zz"}) {
    BOOST_TEST(KeyOfStoreName(name) == "", name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(fd_store_channel)

BOOST_AUTO_TEST_CASE(that_is_open_is_used_again) {
  Ends ends;
  BOOST_TEST(::send(ends.give.get(), "a connection", 12, 0) == 12);
  BOOST_TEST(IsUsed(Passed(std::move(ends.take), std::move(ends.give))));
}

BOOST_AUTO_TEST_CASE(that_a_worker_has_shut_down_is_not) {
  for (const int how : {SHUT_RD, SHUT_WR, SHUT_RDWR}) {
    for (const bool at_give : {false, true}) {
      Ends ends;
      BOOST_REQUIRE(::shutdown(at_give ? ends.give.get() : ends.take.get(), how) == 0);
      const Legacy legacy = Passed(std::move(ends.take), std::move(ends.give));
      BOOST_TEST((!legacy.handoff.take && !legacy.handoff.give), how << at_give);
    }
  }
}

BOOST_AUTO_TEST_CASE(of_which_an_end_is_missing_or_something_else_is_not) {
  Ends lonely;
  BOOST_TEST(!IsUsed(Passed(std::move(lonely.take), {})));
  Ends stream(SOCK_STREAM);
  BOOST_TEST(!IsUsed(Passed(std::move(stream.take), std::move(stream.give))));
}

BOOST_AUTO_TEST_SUITE_END()

// A connection with TLS on its way: its session travels whole, and one process alone goes on with
// it.
#include "channels/claim.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <string>

#include "channels/handoff.hpp"
#include "channels/inbox.hpp"
#include "ledger/ledger.hpp"
#include "tests/unit/tls/client.hpp"

namespace tined::channels {
namespace {

struct Journey {
  Journey() {
    parcel.facts.listener = ledger::ListenerName("web");
    parcel.tls = std::make_unique<ledger::TlsPart>();
    tls::Establish(parcel.tls->session, tls::test::Example(tls::Suite::chacha20_poly1305_sha256));
    parcel.tls->handshake_received = 700;
    parcel.tls->records = records;
    parcel.tls->received = records.size();
    parcel.tls->facts = "facts";
  }
  [[nodiscard]] bool Travels() {
    const bool is_sent =
        SendParcel(channel.give.get(), parcel, STDERR_FILENO, -1) == SendResult::sent;
    return is_sent && inbox.Receive(channel.take.get(), arrived) == ReceiveResult::received;
  }

  HandoffEnds channel = MakeHandoffChannel();
  ledger::Ledger ledger{1, 1U << 20};
  Inbox inbox{ledger.inbox()};
  std::string records = "records that are not opened yet";
  ledger::Parcel parcel;
  IncomingParcel arrived;
};

BOOST_FIXTURE_TEST_SUITE(ClaimTest, Journey)

BOOST_AUTO_TEST_CASE(a_session_travels_whole) {
  BOOST_TEST_REQUIRE(Travels());
  BOOST_TEST_REQUIRE((arrived.tls != nullptr));
  const ledger::TlsPart& tls = *arrived.tls;
  BOOST_TEST(tls::IsIntact(tls.session, tls.selector));
  BOOST_TEST(tls.records == records);
  BOOST_TEST(tls.facts == "facts");
  BOOST_TEST(tls.handshake_received == 700U);
  BOOST_TEST(!arrived.claim);
  // The inbox keeps no secret.
  inbox.Clear();
  const auto& secret = tls.session.outbound_secrets[0].bytes;
  const std::string_view memory(ledger.inbox().data(), ledger.inbox().size());
  BOOST_TEST(memory.find({reinterpret_cast<const char*>(secret.data()), 16}) == memory.npos);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_into_a_packet_travels_too) {
  records.assign(100000, 'r');
  parcel.tls->records = records;
  parcel.tls->received = records.size();
  BOOST_TEST_REQUIRE(Travels());
  BOOST_TEST((arrived.tls->records == records));
}

BOOST_AUTO_TEST_CASE(a_session_that_was_changed_on_its_way_is_dropped) {
  parcel.tls->session.outbound[0].sequence += 1;
  BOOST_TEST(!Travels());
}

BOOST_AUTO_TEST_CASE(records_that_were_not_received_are_dropped) {
  parcel.tls->received += 1;
  BOOST_TEST(!Travels());
}

BOOST_AUTO_TEST_CASE(one_process_wins_a_claim) {
  const Descriptor claim = MakeClaim();
  BOOST_TEST_REQUIRE(static_cast<bool>(claim));
  parcel.tls->claim = claim.get();
  BOOST_TEST_REQUIRE(Travels());
  BOOST_TEST_REQUIRE(static_cast<bool>(arrived.claim));
  BOOST_TEST(WinClaim(arrived.claim.get()));
  BOOST_TEST(!WinClaim(claim.get()));
  BOOST_TEST(!WinClaim(arrived.claim.get()));
}

BOOST_AUTO_TEST_CASE(what_is_no_claim_is_never_won_and_never_waited_for) {
  int ends[2];
  BOOST_TEST_REQUIRE(::pipe(ends) == 0);
  const Descriptor reads(ends[0]);
  const Descriptor writes(ends[1]);
  BOOST_TEST(!WinClaim(reads.get()));
  BOOST_TEST(!WinClaim(-1));
  int pair[2];
  BOOST_TEST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  const Descriptor near(pair[0]);
  const Descriptor far(pair[1]);
  BOOST_TEST(!WinClaim(near.get()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::channels

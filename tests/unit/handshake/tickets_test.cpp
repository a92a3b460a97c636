#include "handshake/tickets.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/unit/handshake/client.hpp"
#include "tests/unit/handshake/records.hpp"

namespace tined::handshake {
namespace {

namespace data = boost::unit_test::data;
using std::chrono::hours;

const auto kVersionsWithTickets = data::make({TLS1_2_VERSION, TLS1_3_VERSION});

/// A client that has been here and comes again with its ticket.
struct Returning {
  explicit Returning(int tls_version, const Listener::Change& change = {},
                     std::chrono::hours ago = hours(0))
      : version(tls_version),
        listener(change),
        first(listener, {.max_version = version}, std::string::npos, WallClock::now() - ago) {
    BOOST_REQUIRE(first.state == State::established);
    first.client.Open("");
  }

  /// Comes to `there`; both go on with the session.
  Meeting& Come(Listener& there) {
    again = std::make_unique<Meeting>(
        there, Client::Wanted{.max_version = version, .session = first.client.session()});
    BOOST_REQUIRE(again->state == State::established);
    BOOST_TEST(again->client.is_resumed() == again->established.facts.is_resumed);
    Direction to_client = ToClient(again->established.session);
    Direction to_server = ToServer(again->established.session);
    BOOST_TEST(again->client.Open(to_client.Seal("hello")) == "hello");
    std::string sealed = again->client.Seal("hello");
    BOOST_TEST(to_server.Open(sealed) == "hello");
    return *again;
  }
  bool IsResumed(Listener& there) { return Come(there).established.facts.is_resumed; }
  bool IsResumed() { return IsResumed(listener); }
  /// It has another ticket than the one that it came with.
  bool IsRenewed() {
    // A client of OpenSSL's tells of a ticket that is renewed in TLS 1.3 alone.
    SSL_SESSION* const session =
        version == TLS1_3_VERSION ? again->client.session() : SSL_get0_session(again->client.ssl());
    return session != nullptr && TicketOf(session) != TicketOf(first.client.session());
  }
  static std::string TicketOf(const SSL_SESSION* session) {
    const unsigned char* ticket = nullptr;
    std::size_t size = 0;
    SSL_SESSION_get0_ticket(session, &ticket, &size);
    return {reinterpret_cast<const char*>(ticket), size};
  }
  void Rotate(int keep) {
    TicketKeys& keys = listener.keys();
    handshake::Rotate(keys, {.rotate = hours(1), .keep = keep, .keys = {}},
                      WallClock::from_time_t(keys.made) + hours(1));
    listener.context().SetTicketKeys(keys);
  }

  int version;
  Listener listener;
  Meeting first;
  std::unique_ptr<Meeting> again;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(TicketsTest)

BOOST_DATA_TEST_CASE(a_ticket_of_the_current_key_resumes, kVersionsWithTickets, version) {
  Returning client(version);
  BOOST_TEST(client.IsResumed());
  // Tickets of TLS 1.3 are for one use: there is always another.
  BOOST_TEST(client.IsRenewed() == (version == TLS1_3_VERSION));
}

BOOST_DATA_TEST_CASE(a_ticket_of_a_key_before_resumes_and_is_renewed, kVersionsWithTickets,
                     version) {
  Returning client(version);
  client.Rotate(1);
  BOOST_TEST(client.IsResumed());
  BOOST_TEST(client.IsRenewed());
}

BOOST_DATA_TEST_CASE(a_ticket_whose_key_is_forgotten_leads_to_a_whole_handshake,
                     kVersionsWithTickets, version) {
  Returning client(version);
  client.Rotate(1);
  client.Rotate(1);
  BOOST_TEST(!client.IsResumed());
  BOOST_TEST(client.IsRenewed());
}

BOOST_DATA_TEST_CASE(a_session_goes_on_where_the_keys_are_the_same, kVersionsWithTickets, version) {
  Returning client(version);
  Listener there;
  BOOST_TEST(!client.IsResumed(there));
  there.context().SetTicketKeys(client.listener.keys());
  BOOST_TEST(client.IsResumed(there));
}

BOOST_DATA_TEST_CASE(keys_of_a_file_are_used_whatever_others_there_are, kVersionsWithTickets,
                     version) {
  const auto change = [](Settings& s) {
    s.tickets->keys = {"tickets.key", std::string(80, 'a') + std::string(80, 'b')};
  };
  Returning client(version, change);
  Listener there(change);
  there.context().SetTicketKeys(MakeTicketKeys(WallClock::now()));
  BOOST_TEST(client.IsResumed(there));
}

BOOST_DATA_TEST_CASE(in_version_12_a_session_is_its_hosts, kVersionsWithTickets, version) {
  Listener listener({Listener::FilesOf(test::Make({.names = "DNS:a.org"})),
                     Listener::FilesOf(test::Make({.names = "DNS:b.org"}))});
  const auto resumed = [&](const std::string& before, const std::string& now) {
    Meeting first(listener, {.host = before, .max_version = version});
    first.client.Open("");
    Meeting again(listener,
                  {.host = now, .max_version = version, .session = first.client.session()});
    BOOST_TEST(again.established.facts.server_name == now);
    return again.established.facts.is_resumed;
  };
  BOOST_TEST(resumed("a.org", "a.org"));
  BOOST_TEST(resumed("c.org", "c.org"));
  BOOST_TEST(resumed("", ""));
  BOOST_TEST(resumed("a.org", "b.org") == (version == TLS1_3_VERSION));
  BOOST_TEST(resumed("c.org", "b.org") == (version == TLS1_3_VERSION));
}

BOOST_DATA_TEST_CASE(a_ticket_dies_of_old_age_whatever_keys_there_are, kVersionsWithTickets,
                     version) {
  const auto change = [](Settings& s) { s.tickets = {.rotate = hours(1), .keep = 3, .keys = {}}; };
  Returning client(version, change);
  SSL_SESSION* const session = client.first.client.session();
  BOOST_TEST(SSL_SESSION_get_ticket_lifetime_hint(session) == 3UL * 3600);
  Returning soon(version, change, hours(2));
  BOOST_TEST(soon.IsResumed());
  Returning late(version, change, hours(4));
  BOOST_TEST(!late.IsResumed());
}

BOOST_DATA_TEST_CASE(without_tickets_nothing_is_resumed, kVersionsWithTickets, version) {
  Returning client(version, [](Settings& s) { s.tickets.reset(); });
  SSL_SESSION* const session = client.first.client.session();
  BOOST_TEST((session == nullptr || SSL_SESSION_has_ticket(session) == 0));
  BOOST_TEST(!client.IsResumed());
}

BOOST_DATA_TEST_CASE(a_ticket_that_was_changed_leads_to_a_whole_handshake, kVersionsWithTickets,
                     version) {
  Returning client(version);
  // The secrets of another listener under the same name of a key.
  TicketKeys keys = client.listener.keys();
  keys.keys[0].authentication[5] ^= 1;
  client.listener.context().SetTicketKeys(keys);
  BOOST_TEST(!client.IsResumed());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::handshake

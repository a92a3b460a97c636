#include "handshaker/handshaker.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/unit/handshake/records.hpp"
#include "tests/unit/handshaker/server.hpp"
#include "tls/facts.hpp"

namespace tined::handshaker {
namespace {

namespace data = boost::unit_test::data;
using channels::MessageKind;

const std::vector<int> kVersions = {TLS1_2_VERSION, TLS1_3_VERSION};

/// Both ends of a connection that was handed over understand each other, and all is counted.
void CheckParcel(Visitor& visitor, const channels::IncomingParcel& parcel) {
  const ledger::TlsPart& tls = *parcel.tls;
  BOOST_TEST(parcel.facts.listener.data() == "web");
  BOOST_TEST(parcel.facts.socket_id == 42U);
  BOOST_TEST(parcel.facts.peer.family == AF_INET);
  BOOST_TEST(parcel.facts.received == 0U);
  BOOST_TEST(tls::IsIntact(tls.session, tls.selector));
  BOOST_TEST(tls.handshake_received + tls.records.size() <= visitor.sent());
  BOOST_TEST(tls.received == tls.records.size());
  handshake::Direction to_server = handshake::ToServer(tls.session);
  handshake::Direction to_client = handshake::ToClient(tls.session);
  // In TLS 1.3 the client has not read the server's tickets yet.
  const std::string sealed = to_client.Seal("answer");
  BOOST_REQUIRE(::send(parcel.socket.get(), sealed.data(), sealed.size(), 0) ==
                static_cast<ssize_t>(sealed.size()));
  std::string opened;
  while (opened.empty()) {
    const std::string heard = visitor.Receive();
    BOOST_REQUIRE(!heard.empty());
    opened = visitor.tls().Open(heard);
  }
  BOOST_TEST(opened == "answer");
  const tls::Outbound& outbound = tls.session.outbound_of(tls.selector);
  BOOST_TEST(outbound.window_begin == visitor.received() - sealed.size());
  BOOST_TEST(outbound.window_size == 0U);
  visitor.Send(visitor.tls().Seal("question"));
  std::string records(tls.records);
  std::string bytes(1U << 16, '\0');
  while (records.size() + tls.handshake_received < visitor.sent()) {
    const ssize_t got = ::recv(parcel.socket.get(), bytes.data(), bytes.size(), 0);
    if (got > 0) records += bytes.substr(0, static_cast<std::size_t>(got));
  }
  BOOST_TEST(to_server.Open(records) == "question");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(HandshakerTest)

BOOST_DATA_TEST_CASE(an_established_connection_is_a_workers, data::make(kVersions), version) {
  Server server;
  Visitor visitor(server, {.host = "example.org", .max_version = version});
  BOOST_REQUIRE(visitor.Shake());
  const auto parcel = server.Take();
  const tls::Facts facts = tls::Decode(parcel->tls->facts);
  BOOST_TEST(facts.server_name == "example.org");
  BOOST_TEST(!facts.is_resumed);
  BOOST_TEST(!facts.client.has_value());
  CheckParcel(visitor, *parcel);
  BOOST_TEST(server.board().accepted.get() == 1U);
  BOOST_TEST(Wait([&] { return server.board().established.get() == 1; }));
  BOOST_TEST(Wait([&] { return server.board().pending.get() == 0; }));
}

BOOST_DATA_TEST_CASE(a_client_may_speak_byte_by_byte, data::make(kVersions), version) {
  Server server;
  Visitor visitor(server, {.max_version = version});
  const std::string hello = visitor.tls().Say();
  for (const char c : hello) visitor.Send({&c, 1});
  BOOST_REQUIRE(visitor.Finish(1));
  CheckParcel(visitor, *server.Take());
}

BOOST_AUTO_TEST_CASE(what_comes_with_the_end_of_the_handshake_goes_along) {
  Server server;
  Visitor visitor(server);
  visitor.Hello();
  std::string said;
  while (said.empty()) said = visitor.tls().Say(visitor.Receive());
  BOOST_REQUIRE(visitor.tls().is_established());
  said += visitor.tls().Seal("GET /");
  said += visitor.tls().Seal(" HTTP/1.1").substr(0, 7);
  visitor.Send(said);
  const auto parcel = server.Take();
  BOOST_TEST(parcel->tls->records.size() > 7U);
  BOOST_TEST(parcel->tls->handshake_received + parcel->tls->records.size() == visitor.sent());
  std::string records(parcel->tls->records);
  BOOST_TEST(handshake::ToServer(parcel->tls->session).Open(records) == "GET /");
}

BOOST_AUTO_TEST_CASE(nothing_to_tell_is_no_text) {
  Server server;
  Visitor visitor(server);
  BOOST_REQUIRE(visitor.Shake());
  BOOST_TEST(server.Take()->tls->facts == "");
}

BOOST_AUTO_TEST_CASE(a_clients_certificate_goes_along) {
  const test::Identity authority = test::MakeAuthority("clients");
  const test::Identity alice =
      test::Make({.subject = "alice", .names = "email:a@a.org", .issuer = &authority});
  Server server({.change = [&](handshake::Settings& settings) {
    settings.client_certificates.emplace().authorities = {"ca.pem", authority.Certificate()};
  }});
  Visitor visitor(server, {.identity = &alice});
  BOOST_REQUIRE(visitor.Shake());
  const auto parcel = server.Take();
  const tls::Facts facts = tls::Decode(parcel->tls->facts);
  BOOST_REQUIRE(facts.client.has_value());
  BOOST_TEST(facts.client->subject == "CN=alice");
  BOOST_TEST(facts.client->issuer == "CN=clients");
  BOOST_TEST(facts.client->names == "email:a@a.org");
  BOOST_TEST(facts.client->pem == alice.Certificate());
  CheckParcel(visitor, *parcel);
}

BOOST_DATA_TEST_CASE(a_session_is_resumed, data::make(kVersions), version) {
  Server server;
  Visitor first(server, {.max_version = version});
  BOOST_REQUIRE(first.Shake());
  CheckParcel(first, *server.Take());
  BOOST_REQUIRE(first.tls().session() != nullptr);
  Visitor again(server, {.max_version = version, .session = first.tls().session()});
  BOOST_REQUIRE(again.Shake());
  const auto parcel = server.Take();
  BOOST_TEST(tls::Decode(parcel->tls->facts).is_resumed);
  CheckParcel(again, *parcel);
  BOOST_TEST(Wait([&] { return server.board().resumed.get() == 1; }));
}

BOOST_AUTO_TEST_CASE(http_without_tls_is_told_so) {
  Server server;
  Visitor visitor(server);
  visitor.Send("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
  const std::string answer = visitor.ReceiveAll();
  BOOST_TEST(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  BOOST_TEST(answer.find("Connection: close\r\n") != std::string::npos);
  BOOST_TEST(answer.find("speaks TLS") != std::string::npos);
  BOOST_TEST(server.board().refused.get() == 1U);
  BOOST_TEST(server.board().failed.get() == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_no_tls_gets_an_alert) {
  Server server;
  Visitor visitor(server);
  visitor.Send("SSH-2.0-OpenSSH_9.2\r\n");
  BOOST_TEST(visitor.ReceiveAll() == std::string("\x15\x03\x01\x00\x02\x02\x0a", 7));
  BOOST_TEST(server.board().failed.get() == 1U);
}

BOOST_AUTO_TEST_CASE(a_client_that_nothing_suits_gets_an_alert) {
  Server server({.change = [](handshake::Settings& settings) {
    settings.min_version = tls::Version::tls13;
  }});
  Visitor visitor(server, {.max_version = TLS1_2_VERSION});
  visitor.Hello();
  const std::string alert = visitor.ReceiveAll();
  BOOST_REQUIRE(alert.size() == 7U);
  BOOST_TEST(alert.back() == '\x46');  // protocol_version
  BOOST_TEST(server.board().failed.get() == 1U);
  // The client's side is still open: it is waited for, not for long.
  BOOST_TEST(server.board().pending.get() == 1U);
  BOOST_TEST(Wait([&] { return server.board().pending.get() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_is_forgotten) {
  Server server;
  {
    Visitor visitor(server);
    visitor.Hello();
    BOOST_REQUIRE(!visitor.Receive().empty());
  }
  { const Visitor silent(server); }
  BOOST_TEST(Wait([&] { return server.board().failed.get() == 2; }));
  BOOST_TEST(Wait([&] { return server.board().pending.get() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_handshake_has_one_deadline) {
  Server server({.timeout = Duration(300)});
  Visitor silent(server);
  Visitor slow(server);
  const std::string hello = slow.tls().Say();
  const TimePoint begin = Clock::now();
  std::size_t at = 0;
  // A byte now and then does not put it off.
  while (server.board().timed_out.get() < 2 && at < hello.size() &&
         Clock::now() - begin < kPatience) {
    if (::send(slow.socket(), &hello[at++], 1, MSG_NOSIGNAL) != 1) break;
    (void)Wait([&] { return server.board().timed_out.get() == 2; }, Duration(20));
  }
  BOOST_TEST(Wait([&] { return server.board().timed_out.get() == 2; }));
  BOOST_TEST((Clock::now() - begin >= Duration(290)));
  BOOST_TEST(silent.Receive() == "");
  BOOST_TEST(slow.Receive() == "");
}

BOOST_AUTO_TEST_CASE(no_more_than_a_bound_are_accepted) {
  Server server({.pending = 4});
  std::vector<std::unique_ptr<Visitor>> crowd;
  for (int i = 0; i < 12; ++i) crowd.push_back(std::make_unique<Visitor>(server));
  BOOST_TEST(Wait([&] { return server.board().pending.get() == 4; }));
  server.Settle();
  BOOST_TEST(server.board().accepted.get() == 4U);
  // Those that are in get through, and make room for the others.
  for (const auto& each : crowd) each->Hello();
  for (const auto& each : crowd) {
    BOOST_TEST(each->Finish());
    (void)server.Take();
  }
  BOOST_TEST(Wait([&] { return server.board().established.get() == crowd.size(); }));
}

BOOST_AUTO_TEST_CASE(those_that_have_had_their_time_make_way_for_others) {
  Server server({.pending = 4, .timeout = std::chrono::hours(1)});
  std::vector<std::unique_ptr<Visitor>> silent;
  for (int i = 0; i < 8; ++i) silent.push_back(std::make_unique<Visitor>(server));
  const TimePoint begin = Clock::now();
  Visitor last(server);
  last.Hello();
  BOOST_TEST(last.Finish());
  CheckParcel(last, *server.Take());
  BOOST_TEST((Clock::now() - begin >= std::chrono::seconds(1)));
  BOOST_TEST(server.board().pending.get() <= 4U);
  BOOST_TEST(server.board().timed_out.get() >= 5U);
}

BOOST_AUTO_TEST_CASE(a_flood_does_not_starve_those_that_have_begun) {
  Server server;
  Visitor first(server);
  first.Hello();
  std::vector<std::unique_ptr<Visitor>> flood;
  for (int i = 0; i < 300; ++i) flood.push_back(std::make_unique<Visitor>(server));
  BOOST_TEST(first.Finish());
  CheckParcel(first, *server.Take());
}

BOOST_AUTO_TEST_CASE(what_the_channel_has_no_room_for_waits) {
  Server server;
  std::vector<std::unique_ptr<Visitor>> crowd;
  for (int i = 0; i < 40; ++i) {
    crowd.push_back(std::make_unique<Visitor>(server));
    BOOST_REQUIRE(crowd.back()->Shake());
  }
  BOOST_TEST(Wait([&] {
    return server.board().established.get() + server.board().pending.get() == crowd.size();
  }));
  BOOST_TEST(server.board().pending.get() > 0U);
  for (const auto& each : crowd) {
    const auto parcel = server.Take();
    CheckParcel(*each, *parcel);
  }
  BOOST_TEST(Wait([&] { return server.board().pending.get() == 0; }));
  BOOST_TEST(Wait([&] { return server.board().established.get() == crowd.size(); }));
}

BOOST_AUTO_TEST_CASE(what_waits_for_a_worker_counts_as_pending) {
  Server server({.pending = 6});
  std::vector<std::unique_ptr<Visitor>> crowd;
  for (int i = 0; i < 40; ++i) {
    crowd.push_back(std::make_unique<Visitor>(server));
    crowd.back()->Hello();
  }
  std::thread clients([&] {
    for (const auto& each : crowd) (void)each->Finish();
  });
  BOOST_TEST(Wait([&] { return server.board().pending.get() == 6; }));
  for (std::size_t i = 0; i < crowd.size(); ++i) {
    BOOST_TEST(server.board().pending.get() <= 6U);
    (void)server.Take();
  }
  clients.join();
  BOOST_TEST(Wait([&] { return server.board().established.get() == crowd.size(); }));
}

BOOST_AUTO_TEST_CASE(another_channel_takes_what_waits) {
  Server server;
  server.channel().take.Reset();
  Visitor visitor(server);
  BOOST_REQUIRE(visitor.Shake());
  BOOST_TEST(Wait([&] { return server.board().pending.get() == 1; }));
  channels::HandoffEnds other = channels::MakeHandoffChannel();
  server.channel().take = std::move(other.take);
  server.Order({MessageKind::give_to}, other.give.get());
  other.give.Reset();
  CheckParcel(visitor, *server.Take());
}

BOOST_AUTO_TEST_CASE(nothing_is_accepted_before_it_is_told) {
  Server server({.accepts = false});
  Visitor visitor(server);
  visitor.Hello();
  server.Settle();
  BOOST_TEST(server.board().accepted.get() == 0U);
  server.Order({MessageKind::accept});
  BOOST_TEST(visitor.Finish());
  CheckParcel(visitor, *server.Take());
}

BOOST_DATA_TEST_CASE(one_that_drains_finishes_what_has_begun, data::make({false, true}), is_stop) {
  Server server;
  Visitor visitor(server);
  visitor.Hello();
  BOOST_TEST(Wait([&] { return server.board().accepted.get() == 1; }));
  server.Order({.kind = is_stop ? MessageKind::stop : MessageKind::drain, .listeners = 1});
  server.Settle();
  BOOST_TEST(!server.has_ended());
  const Visitor late(server);
  BOOST_TEST(visitor.Finish());
  CheckParcel(visitor, *server.Take());
  BOOST_TEST(Wait([&] { return server.has_ended(); }));
  BOOST_TEST(server.board().accepted.get() == 1U);
}

BOOST_AUTO_TEST_CASE(one_that_drains_accepts_those_that_nobody_else_would) {
  Server server({.pending = 1});
  Visitor first(server);
  BOOST_TEST(Wait([&] { return server.board().accepted.get() == 1; }));
  BOOST_REQUIRE(first.Shake());
  CheckParcel(first, *server.Take());
  server.Order({.kind = MessageKind::drain, .listeners = 0});
  BOOST_TEST(Wait([&] { return server.has_ended(); }));
}

BOOST_AUTO_TEST_CASE(one_ends_when_its_supervisor_has) {
  auto server = std::make_unique<Server>();
  server.reset();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::handshaker

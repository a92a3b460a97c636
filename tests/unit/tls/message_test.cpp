#include "tls/message.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/tls/faults.hpp"

namespace tined::tls {
namespace {

using Kind = Opened::Kind;
using test::AllSuites;
using test::ByteString;
using test::ExpectFault;
using test::ExpectFaultIn;
using test::Joined;
using test::Server;
using test::Suites12;
using test::Suites13;
using test::TextOf;

constexpr Suite kSuite13 = Suite::aes_128_gcm_sha256;
constexpr Suite kSuite12 = Suite::ecdhe_ecdsa_aes_128_gcm_sha256;

}  // namespace

BOOST_AUTO_TEST_SUITE(MessageTest)

BOOST_AUTO_TEST_CASE(a_few_empty_records_are_nothing) {
  for (const Suite suite : AllSuites()) {
    Server server(suite);
    for (int i = 0; i < 32; ++i)
      BOOST_TEST(server.Open(server.client.Data("")).kind == Kind::nothing);
    BOOST_TEST(server.Open(server.client.Data("x")).kind == Kind::application);
    for (int i = 0; i < 32; ++i)
      BOOST_TEST(server.Open(server.client.Data("")).kind == Kind::nothing);
    ExpectFault(server, server.client.Data(""), Alert::unexpected_message);
  }
}

BOOST_AUTO_TEST_CASE(forty_empty_records_are_too_many) {
  ExpectFaultIn(AllSuites(), Alert::unexpected_message, [](auto& client) {
    ByteString all;
    for (int i = 0; i < 40; ++i) all = Joined({all, client.Data("")});
    return all;
  });
}

BOOST_AUTO_TEST_CASE(a_key_update_is_obeyed_and_its_answer_owed) {
  for (const Suite suite : Suites13()) {
    Server server(suite);
    BOOST_TEST(server
                   .OpenAll(Joined({server.client.Data("a"), server.client.KeyUpdate(1),
                                    server.client.Data("b")}))
                   .kind == Kind::application);
    BOOST_TEST(server.text == "ab");
    BOOST_TEST(server.in().epoch == 1);
    BOOST_TEST(server.in().sequence == 1U);
    BOOST_TEST(IsMessageOwed(server.session, server.selector));
  }
}

BOOST_AUTO_TEST_CASE(secrets_that_were_replaced_are_forgotten) {
  for (const Suite suite : Suites13()) {
    Server server(suite);
    server.Open(server.client.KeyUpdate(1));
    server.SendText("the answer");
    BOOST_TEST(server.in().epoch == 1);
    BOOST_TEST(server.out().epoch == 1);
    server.Open(server.client.Data("x"));
    BOOST_TEST((server.session.inbound_secrets[0].bytes == Secret().bytes));
    server.SendText("x");
    BOOST_TEST((server.session.outbound_secrets[0].bytes == Secret().bytes));
  }
}

BOOST_AUTO_TEST_CASE(a_key_update_that_asks_for_none_needs_no_answer) {
  Server server(kSuite13);
  BOOST_TEST(server.Open(server.client.KeyUpdate(0)).kind == Kind::key_update);
  BOOST_TEST(server.Open(server.client.Data("x")).kind == Kind::application);
  BOOST_TEST(!IsMessageOwed(server.session, server.selector));
}

BOOST_AUTO_TEST_CASE(a_key_update_may_come_in_five_records) {
  for (const Suite suite : Suites13()) {
    Server server(suite);
    for (const std::uint8_t byte : ByteString{24, 0, 0, 1}) {
      const Opened opened =
          server.Open(server.client.Record(ContentType::handshake, ByteString{byte}));
      BOOST_TEST(opened.kind == Kind::nothing);
    }
    BOOST_TEST(server.Open(server.client.Record(ContentType::handshake, ByteString{1})).kind ==
               Kind::key_update);
    server.client.RenewSending();
    BOOST_TEST(server.Open(server.client.Data("x")).kind == Kind::application);
  }
}

BOOST_AUTO_TEST_CASE(three_key_updates_are_owed_one_answer) {
  Server server(kSuite13);
  server.OpenAll(
      Joined({server.client.KeyUpdate(1), server.client.KeyUpdate(1), server.client.KeyUpdate(1)}));
  BOOST_TEST(server.in().asked == 3U);
  const ByteString sent = server.SendText("x");
  const auto received = server.client.Read(sent);
  BOOST_TEST_REQUIRE(received.size() == 2U);
  BOOST_TEST((received[0].content == ByteString{24, 0, 0, 1, 0}));
  BOOST_TEST(TextOf(received[1].content) == "x");
  BOOST_TEST(!IsMessageOwed(server.session, server.selector));
}

BOOST_AUTO_TEST_CASE(too_many_key_updates_in_a_row_end_it) {
  ExpectFaultIn(Suites13(), Alert::unexpected_message, [](auto& client) {
    ByteString all;
    for (int i = 0; i < 33; ++i) all = Joined({all, client.KeyUpdate(0)});
    return all;
  });
}

BOOST_AUTO_TEST_CASE(nothing_may_lie_behind_a_key_update_in_its_record) {
  ExpectFaultIn(Suites13(), Alert::unexpected_message, [](auto& client) {
    return client.Record(ContentType::handshake, ByteString{24, 0, 0, 1, 0, 24, 0, 0, 1, 0});
  });
}

BOOST_AUTO_TEST_CASE(a_key_update_asks_or_asks_not) {
  ExpectFaultIn(Suites13(), Alert::illegal_parameter,
                [](auto& client) { return client.KeyUpdate(2); });
}

BOOST_AUTO_TEST_CASE(a_key_update_has_one_byte) {
  ExpectFaultIn(Suites13(), Alert::decode_error, [](auto& client) {
    return client.Record(ContentType::handshake, ByteString{24, 0, 0, 2, 0, 0});
  });
}

BOOST_AUTO_TEST_CASE(data_inside_of_a_key_update_is_not_expected) {
  ExpectFaultIn(Suites13(), Alert::unexpected_message, [](auto& client) {
    return Joined({client.Record(ContentType::handshake, ByteString{24, 0}), client.Data("x")});
  });
}

BOOST_AUTO_TEST_CASE(other_handshake_messages_are_not_expected) {
  for (int type = 0; type < 256; ++type) {
    if (type == 24) continue;
    Server server(kSuite13);
    ExpectFault(server,
                server.client.Record(ContentType::handshake,
                                     ByteString{static_cast<std::uint8_t>(type), 0, 0, 0}),
                Alert::unexpected_message);
  }
}

BOOST_AUTO_TEST_CASE(an_empty_handshake_record_is_not_expected) {
  ExpectFaultIn(AllSuites(), Alert::unexpected_message,
                [](auto& client) { return client.Record(ContentType::handshake, {}); });
}

BOOST_AUTO_TEST_CASE(change_cipher_spec_after_the_handshake_is_not_expected) {
  ExpectFaultIn(AllSuites(), Alert::unexpected_message,
                [](auto&) { return ByteString{20, 3, 3, 0, 1, 1}; });
  ExpectFaultIn(Suites13(), Alert::unexpected_message, [](auto& client) {
    return client.Record(ContentType::change_cipher_spec, ByteString{1});
  });
}

BOOST_AUTO_TEST_CASE(an_alert_in_the_clear_is_not_expected) {
  ExpectFaultIn(Suites13(), Alert::unexpected_message,
                [](auto&) { return ByteString{21, 3, 3, 0, 2, 2, 40}; });
  ExpectFaultIn(Suites12(), Alert::bad_record_mac,
                [](auto&) { return ByteString{21, 3, 3, 0, 2, 2, 40}; });
}

BOOST_AUTO_TEST_CASE(other_types_of_content_are_not_expected) {
  for (const std::uint8_t type : ByteString{0, 1, 19, 24, 25, 80, 255}) {
    ExpectFaultIn(AllSuites(), Alert::unexpected_message, [type](auto& client) {
      return client.Record(static_cast<ContentType>(type),
                           type == 0 ? ByteString{} : ByteString{1});
    });
  }
}

BOOST_AUTO_TEST_CASE(close_notify_is_the_end_of_what_is_read) {
  for (const Suite suite : AllSuites()) {
    Server server(suite);
    const ByteString all = Joined({server.client.Data("GET /"), server.client.Alert(1, 0)});
    BOOST_TEST(server.OpenAll(all).kind == Kind::close_notify);
    BOOST_TEST(server.text == "GET /");
    BOOST_TEST(server.in().is_closed == 1);
    const Opened again = server.Open(server.client.Data("more"));
    BOOST_TEST(again.kind == Kind::close_notify);
    BOOST_TEST(!again.is_to_commit());
  }
}

BOOST_AUTO_TEST_CASE(a_fatal_alert_is_told) {
  for (const Suite suite : AllSuites()) {
    Server server(suite);
    const Opened opened = server.Open(server.client.Alert(2, 20));
    BOOST_TEST(opened.kind == Kind::alert);
    BOOST_TEST(opened.alert == Alert::bad_record_mac);
  }
}

BOOST_AUTO_TEST_CASE(the_level_of_an_alert_counts_in_1_2_alone) {
  Server server13(kSuite13);
  BOOST_TEST(server13.Open(server13.client.Alert(1, 40)).kind == Kind::alert);
  Server server12(kSuite12);
  BOOST_TEST(server12.Open(server12.client.Alert(1, 40)).kind == Kind::nothing);
  ExpectFault(server12, server12.client.Alert(3, 40), Alert::illegal_parameter);
}

BOOST_AUTO_TEST_CASE(user_canceled_is_followed_by_the_end) {
  for (const Suite suite : AllSuites()) {
    Server server(suite);
    BOOST_TEST(
        server.OpenAll(Joined({server.client.Alert(1, 90), server.client.Alert(1, 0)})).kind ==
        Kind::close_notify);
  }
}

BOOST_AUTO_TEST_CASE(an_alert_has_two_bytes) {
  ExpectFaultIn(AllSuites(), Alert::decode_error, [](auto& client) {
    return client.Record(ContentType::alert, ByteString{1, 0, 1});
  });
  ExpectFaultIn(AllSuites(), Alert::decode_error,
                [](auto& client) { return client.Record(ContentType::alert, ByteString{1}); });
  ExpectFaultIn(AllSuites(), Alert::unexpected_message,
                [](auto& client) { return client.Record(ContentType::alert, {}); });
}

BOOST_AUTO_TEST_CASE(renegotiation_is_refused_by_a_warning_and_life_goes_on) {
  for (const Suite suite : Suites12()) {
    Server server(suite);
    ByteString hello(304, 7);
    std::copy_n(ByteString{1, 0, 1, 44}.begin(), 4, hello.begin());
    BOOST_TEST(server.Open(server.client.Record(ContentType::handshake, hello)).kind ==
               Kind::nothing);
    BOOST_TEST(IsMessageOwed(server.session, server.selector));
    const auto received = server.client.Read(server.SendText("x"));
    BOOST_TEST_REQUIRE(received.size() == 2U);
    BOOST_TEST((received[0].type == ContentType::alert));
    BOOST_TEST((received[0].content == ByteString{1, 100}));
    BOOST_TEST(TextOf(received[1].content) == "x");
    BOOST_TEST(server.Open(server.client.Data("y")).kind == Kind::application);
  }
}

BOOST_AUTO_TEST_CASE(other_handshake_messages_of_1_2_are_not_expected) {
  for (const ByteString& message :
       {ByteString{1, 0, 0, 9, 1}, ByteString{1, 0}, ByteString{0, 0, 0, 0},
        ByteString{16, 0, 0, 0}, ByteString{24, 0, 0, 1, 0}}) {
    ExpectFaultIn(Suites12(), Alert::unexpected_message,
                  [&](auto& client) { return client.Record(ContentType::handshake, message); });
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::tls

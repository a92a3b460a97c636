// What a client of an established TLS session can say wrong: each ends that connection, with the
// alert that RFC 8446 and RFC 5246 have for it, and harms nobody else.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <functional>

#include "tests/integration/config.hpp"
#include "tests/integration/guest.hpp"
#include "tests/integration/server.hpp"
#include "tls/alert.hpp"

using namespace tined::test;
using tined::tls::Alert;
using tined::tls::ContentType;
using tined::tls::test::BytesOf;
using Records = tined::tls::test::Client;

namespace {

const std::string kGet = "GET /ping HTTP/1.1\r\nHost: a.example\r\n\r\n";

struct Site : Server {
  Site() {
    const Identity pair = Make({.subject = "a.example", .names = "DNS:a.example"});
    Write("a.pem", pair.Certificate());
    Write("a.key", pair.PrivateKey());
  }
  static Config Serving(const std::string& timeouts = "{idle: 20s}") {
    return Config()
        .Workers(1)
        .Set("timeouts", timeouts)
        .Set("limits", "{body: 8MiB}")
        .Listener("web", "127.0.0.1:0",
                  "tls: {certificates: [{certificate: a.pem, key: a.key}], tickets: off}")
        .Route("/ping", Respond("pong"));
  }
};

/// A client with an established session.
struct Session {
  Session(std::uint16_t port, int version)
      : guest(port, {.host = "a.example", .min_version = version, .max_version = version}),
        is_there(guest.ShakeHands()),
        records(guest.Records()) {}

  /// The records that the server says until the connection ends, as "alert 2 10" and the like.
  std::vector<std::string> HearAll(Client::End* end, milliseconds patience = kPatience) {
    const Heard heard = tined::test::HearAll(guest.wire(), patience);
    *end = heard.end;
    std::vector<std::string> all;
    for (const Records::Received& each : records.Read(BytesOf(heard.bytes))) {
      const std::string text(each.content.begin(), each.content.end());
      if (each.type == ContentType::alert && text.size() == 2) {
        all.push_back("alert " + std::to_string(text[0]) + " " + std::to_string(text[1]));
      } else if (each.type == ContentType::application_data) {
        all.push_back(text.substr(0, text.find("\r\n")));
      } else {
        all.push_back("handshake");
      }
    }
    return all;
  }

  Guest guest;
  bool is_there;
  Records records;
};

std::string AlertText(Alert alert) { return "alert 2 " + std::to_string(static_cast<int>(alert)); }

using Make = std::function<ByteString(Records&)>;

struct Wrong {
  const char* what;
  int version;
  Alert alert;
  Make make;
};
std::ostream& operator<<(std::ostream& out, const Wrong& wrong) {
  return out << wrong.what << (wrong.version == TLS1_3_VERSION ? " in 1.3" : " in 1.2");
}

ByteString Raw(int type, std::size_t size, int version = 0x0303, std::size_t filled = ~0U) {
  ByteString bytes = BytesOf(Record(type, std::string(size, 'x'), version));
  bytes.resize(std::min(bytes.size(), filled));
  return bytes;
}

ByteString Times(int times, const std::function<ByteString()>& make) {
  ByteString all;
  for (int i = 0; i < times; ++i) {
    const ByteString one = make();
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

ByteString WithWrongMac(ByteString record) {
  record.back() ^= 1;
  return record;
}

Make Of(ContentType type, const std::string& content) {
  return [=](Records& records) { return records.Record(type, BytesOf(content)); };
}

constexpr int k12 = TLS1_2_VERSION;
constexpr int k13 = TLS1_3_VERSION;

std::string Message(int type, std::size_t size) {
  return std::string{static_cast<char>(type), 0, static_cast<char>(size >> 8),
                     static_cast<char>(size)} +
         std::string(size, '\0');
}

const std::vector<Wrong> kWrong = {
    // RFC 8446, 5 and 5.1
    {"a record of unknown type", k13, Alert::unexpected_message, [](auto&) { return Raw(99, 40); }},
    {"a record of unknown type", k12, Alert::unexpected_message, [](auto&) { return Raw(99, 40); }},
    {"a heartbeat", k12, Alert::unexpected_message, [](auto&) { return Raw(24, 40); }},
    {"a sealed record of unknown type", k13, Alert::unexpected_message,
     Of(static_cast<ContentType>(99), "x")},
    {"a sealed change_cipher_spec", k13, Alert::unexpected_message,
     Of(ContentType::change_cipher_spec, "\1")},
    {"a sealed change_cipher_spec", k12, Alert::unexpected_message,
     Of(ContentType::change_cipher_spec, "\1")},
    {"change_cipher_spec after Finished", k13, Alert::unexpected_message,
     [](auto&) { return BytesOf(Record(20, "\1")); }},
    {"change_cipher_spec after Finished", k12, Alert::unexpected_message,
     [](auto&) { return BytesOf(Record(20, "\1")); }},
    {"a handshake message in clear", k13, Alert::unexpected_message,
     [](auto&) { return BytesOf(Record(22, Message(1, 40))); }},
    {"a handshake message in clear", k12, Alert::bad_record_mac,
     [](auto&) { return BytesOf(Record(22, Message(1, 40))); }},
    {"an alert in clear", k13, Alert::unexpected_message,
     [](auto&) { return BytesOf(Record(21, "\2\x28")); }},
    {"an alert in clear", k12, Alert::bad_record_mac,
     [](auto&) { return BytesOf(Record(21, "\2\x28")); }},
    {"another version", k12, Alert::protocol_version, [](auto&) { return Raw(23, 40, 0x0301); }},
    {"plain HTTP", k13, Alert::unexpected_message, [](auto&) { return BytesOf(kGet); }},
    // 5.2 and 5.4
    {"a record of size 0", k13, Alert::bad_record_mac, [](auto&) { return Raw(23, 0); }},
    {"a record of size 0", k12, Alert::bad_record_mac, [](auto&) { return Raw(23, 0); }},
    {"a record over 2^14 + 256", k13, Alert::record_overflow,
     [](auto&) { return Raw(23, 16384 + 257); }},
    {"a record over 2^14 + 2048", k12, Alert::record_overflow,
     [](auto&) { return Raw(23, 16384 + 2049); }},
    {"the header of a record of 65,535", k13, Alert::record_overflow,
     [](auto&) { return Raw(23, 65535, 0x0303, 5); }},
    {"content over 2^14", k13, Alert::record_overflow,
     [](auto& records) { return records.Data(std::string(16385, 'x')); }},
    {"content over 2^14", k12, Alert::record_overflow,
     [](auto& records) { return records.Data(std::string(16385, 'x')); }},
    {"padding over 2^14", k13, Alert::record_overflow,
     [](auto& records) {
       return records.Record(ContentType::application_data, BytesOf("x"), 16384);
     }},
    {"zeros alone", k13, Alert::unexpected_message,
     [](auto& records) { return records.Inner(ByteString(100)); }},
    {"an empty alert", k13, Alert::unexpected_message, Of(ContentType::alert, "")},
    {"an empty handshake record", k13, Alert::unexpected_message, Of(ContentType::handshake, "")},
    {"a wrong MAC", k13, Alert::bad_record_mac,
     [](auto& records) { return WithWrongMac(records.Data(kGet)); }},
    {"a wrong MAC", k12, Alert::bad_record_mac,
     [](auto& records) { return WithWrongMac(records.Data(kGet)); }},
    {"a record that is missing", k13, Alert::bad_record_mac,
     [](auto& records) {
       records.SkipSending();
       return records.Data(kGet);
     }},
    {"a record twice", k12, Alert::bad_record_mac,
     [](auto& records) {
       const ByteString once = records.Data(" ");
       return Times(2, [&] { return once; });
     }},
    {"empty records without end", k13, Alert::unexpected_message,
     [](auto& records) { return Times(200, [&] { return records.Data(""); }); }},
    {"empty records without end", k12, Alert::unexpected_message,
     [](auto& records) { return Times(200, [&] { return records.Data(""); }); }},
    // 4.6
    {"KeyUpdates without end", k13, Alert::unexpected_message,
     [](auto& records) { return Times(200, [&] { return records.KeyUpdate(1); }); }},
    {"a KeyUpdate of another value", k13, Alert::illegal_parameter,
     [](auto& records) { return records.KeyUpdate(2); }},
    {"a KeyUpdate with bytes behind it", k13, Alert::unexpected_message,
     Of(ContentType::handshake, std::string("\x18\0\0\1\0\x18", 6))},
    {"a KeyUpdate of another size", k13, Alert::decode_error,
     Of(ContentType::handshake, std::string("\x18\0\0\2\0\0", 6))},
    {"data between the parts of a KeyUpdate", k13, Alert::unexpected_message,
     [](auto& records) {
       ByteString bytes = records.Record(ContentType::handshake, ByteString{24, 0});
       const ByteString data = records.Data(kGet);
       bytes.insert(bytes.end(), data.begin(), data.end());
       return bytes;
     }},
    {"a KeyUpdate", k12, Alert::unexpected_message,
     Of(ContentType::handshake, std::string("\x18\0\0\1\0", 5))},
    {"a ClientHello", k13, Alert::unexpected_message, Of(ContentType::handshake, Message(1, 200))},
    {"a HelloRequest", k13, Alert::unexpected_message, Of(ContentType::handshake, Message(0, 0))},
    {"a HelloRequest", k12, Alert::unexpected_message, Of(ContentType::handshake, Message(0, 0))},
    {"a NewSessionTicket", k13, Alert::unexpected_message,
     Of(ContentType::handshake, Message(4, 40))},
    {"EndOfEarlyData", k13, Alert::unexpected_message, Of(ContentType::handshake, Message(5, 0))},
    {"a Certificate", k13, Alert::unexpected_message, Of(ContentType::handshake, Message(11, 4))},
    {"a CertificateRequest", k13, Alert::unexpected_message,
     Of(ContentType::handshake, Message(13, 10))},
    {"a Finished", k13, Alert::unexpected_message, Of(ContentType::handshake, Message(20, 32))},
    {"a Finished", k12, Alert::unexpected_message, Of(ContentType::handshake, Message(20, 12))},
    // 6; RFC 5246, 7.2
    {"an alert of one byte", k13, Alert::decode_error, Of(ContentType::alert, "\1")},
    {"an alert of one byte", k12, Alert::decode_error, Of(ContentType::alert, "\1")},
    {"two alerts in a record", k13, Alert::decode_error, Of(ContentType::alert, "\1\x5a\1\x5a")},
    {"an alert of an unknown level", k12, Alert::illegal_parameter,
     Of(ContentType::alert, "\3\x5a")},
    {"warnings without end", k12, Alert::unexpected_message,
     [](auto& records) { return Times(200, [&] { return records.Alert(1, 90); }); }},
    {"user_canceled without end", k13, Alert::unexpected_message,
     [](auto& records) { return Times(200, [&] { return records.Alert(1, 90); }); }},
    {"ClientHellos without end", k12, Alert::unexpected_message,
     [](auto& records) {
       return Times(
           200, [&] { return records.Record(ContentType::handshake, BytesOf(Message(1, 200))); });
     }},
};

const std::vector<int> kVersions = {k12, k13};

}  // namespace

namespace bdata = boost::unit_test::data;

BOOST_FIXTURE_TEST_SUITE(bad_records, Site)

BOOST_AUTO_TEST_CASE(each_ends_its_connection_with_its_alert_and_no_other) {
  Start(Serving());
  const int at_start = CountLog(" warning ");  // of where the test keeps its keys
  Session other13(Port(), k13);
  Session other12(Port(), k12);
  const auto is_served = [](Session& session) {
    session.guest.Send(session.records.Data(kGet));
    std::string heard;
    while (heard.find("pong") == heard.npos && session.guest.wire().WaitForBytes(kPatience)) {
      for (const auto& each : session.records.Read(BytesOf(session.guest.wire().TakeReceived()))) {
        heard.append(each.content.begin(), each.content.end());
      }
    }
    return heard.find("pong") != heard.npos;
  };
  for (const bool has_more : {false, true}) {
    for (const Wrong& wrong : kWrong) {
      BOOST_TEST_CONTEXT(wrong << (has_more ? ", and more behind it" : "")) {
        Session session(Port(), wrong.version);
        BOOST_REQUIRE(session.is_there);
        ByteString bytes = session.records.Data(kGet);
        const ByteString bad = wrong.make(session.records);
        bytes.insert(bytes.end(), bad.begin(), bad.end());
        if (has_more) bytes.resize(bytes.size() + 100000, 0x17);
        session.guest.Send(bytes);
        Client::End end;
        const std::vector<std::string> heard = session.HearAll(&end);
        BOOST_TEST(end == Client::End::closed);
        BOOST_REQUIRE(!heard.empty());
        BOOST_TEST(heard.back() == AlertText(wrong.alert));
      }
    }
  }
  BOOST_TEST(is_served(other13));
  BOOST_TEST(is_served(other12));
  BOOST_TEST(CountLog("worker started") == 1);
  BOOST_TEST(CountLog(" warning ") + CountLog(" error ") == at_start, Log());
}

BOOST_DATA_TEST_CASE(a_fatal_alert_of_the_client_ends_all_without_a_word, kVersions, version) {
  Start(Serving());
  // In 1.3 the level means nothing, and an alert that nobody knows is an error (RFC 8446, 6).
  for (const int level : {2, 1}) {
    for (const int number : {80, 100, 200}) {
      if (level == 1 && version == k12) continue;
      Session session(Port(), version);
      session.guest.Send(session.records.Alert(static_cast<std::uint8_t>(level),
                                               static_cast<std::uint8_t>(number)));
      Client::End end;
      BOOST_TEST(session.HearAll(&end).empty());
      BOOST_TEST(end == Client::End::closed);
    }
  }
}

BOOST_DATA_TEST_CASE(what_follows_close_notify_is_ignored_and_the_answer_in_front_given, kVersions,
                     version) {
  Start(Serving());
  Session session(Port(), version);
  ByteString bytes = session.records.Data(kGet);
  const ByteString end_of_it = session.records.Alert(1, 0);
  bytes.insert(bytes.end(), end_of_it.begin(), end_of_it.end());
  bytes.resize(bytes.size() + 100000, 0x17);
  session.guest.Send(bytes);
  Client::End end;
  const std::vector<std::string> heard = session.HearAll(&end);
  BOOST_TEST(end == Client::End::closed);
  BOOST_REQUIRE(heard.size() == 2U);
  BOOST_TEST(heard[0] == "HTTP/1.1 200 OK");
  BOOST_TEST(heard[1] == "alert 1 0");
}

BOOST_AUTO_TEST_CASE(user_canceled_is_followed_by_the_end_alone) {
  Start(Serving());
  Session session(Port(), k13);
  session.guest.Send(session.records.Alert(1, 90));
  session.guest.Send(session.records.Alert(1, 0));
  Client::End end;
  BOOST_TEST(session.HearAll(&end) == std::vector<std::string>{"alert 1 0"},
             boost::test_tools::per_element());
  BOOST_TEST(end == Client::End::closed);
}

BOOST_DATA_TEST_CASE(a_record_that_is_cut_off_ends_the_connection, kVersions, version) {
  Start(Serving());
  Session session(Port(), version);
  ByteString bytes = session.records.Data(kGet);
  bytes.resize(bytes.size() - 1);
  session.guest.Send(bytes);
  session.guest.wire().ShutDown();
  Client::End end;
  const std::vector<std::string> heard = session.HearAll(&end);
  BOOST_TEST(end == Client::End::closed);
  for (const std::string& each : heard) BOOST_TEST(each == "alert 1 0");
}

BOOST_AUTO_TEST_CASE(who_wants_another_handshake_is_told_at_once_that_there_is_none) {
  Start(Serving());
  Session session(Port(), k12);
  session.guest.Send(session.records.Record(ContentType::handshake, BytesOf(Message(1, 200))));
  BOOST_REQUIRE(session.guest.wire().WaitForBytes(kPatience));
  const auto heard = session.records.Read(BytesOf(session.guest.wire().TakeReceived()));
  BOOST_REQUIRE(heard.size() == 1U);
  BOOST_TEST(heard[0].content == (ByteString{1, 100}), boost::test_tools::per_element());
  session.guest.Send(session.records.Data(kGet));
  BOOST_TEST(session.guest.wire().WaitForBytes(kPatience));
}

BOOST_AUTO_TEST_CASE(a_large_record_that_trickles_in_counts_as_it_comes) {
  // In clear, a client as slow as this one gets on all the time.
  Start(Serving("{body: 1s, body_rate: 0, header: 20s}"));
  Session session(Port(), k13);
  session.guest.Send(
      session.records.Data("POST /ping HTTP/1.1\r\nHost: a.example\r\n"
                           "Content-Length: 16384\r\n\r\n"));
  const ByteString record = session.records.Data(std::string(16384, 'x'));
  constexpr std::size_t kStep = 2048;
  for (std::size_t at = 0; at < record.size(); at += kStep) {
    // Slow on purpose: nine times 300 ms, 2.7 s in all.
    BOOST_TEST_REQUIRE(!session.guest.wire().WaitForBytes(milliseconds(300)));
    session.guest.Send(
        {record.begin() + static_cast<std::ptrdiff_t>(at),
         record.begin() + static_cast<std::ptrdiff_t>(std::min(at + kStep, record.size()))});
  }
  BOOST_REQUIRE(session.guest.wire().WaitForBytes(kPatience));
  const auto heard = session.records.Read(BytesOf(session.guest.wire().TakeReceived()));
  BOOST_REQUIRE(!heard.empty());
  const std::string text(heard[0].content.begin(), heard[0].content.end());
  BOOST_TEST(text.substr(0, 12) == "HTTP/1.1 200", text);
}

BOOST_AUTO_TEST_CASE(a_body_in_records_that_are_not_whole_has_a_least_rate) {
  Start(Serving("{body: 500ms, body_rate: 1MiB, header: 20s}"));
  Session session(Port(), k13);
  session.guest.Send(
      session.records.Data("POST /ping HTTP/1.1\r\nHost: a.example\r\n"
                           "Content-Length: 16384\r\n\r\n"));
  const ByteString record = session.records.Data(std::string(16384, 'x'));
  std::size_t sent = 0;
  while (sent < record.size() && !session.guest.wire().WaitForBytes(milliseconds(100))) {
    session.guest.Send({record[sent++]});
  }
  const auto heard = session.records.Read(BytesOf(session.guest.wire().TakeReceived()));
  BOOST_REQUIRE(!heard.empty());
  const std::string text(heard[0].content.begin(), heard[0].content.end());
  BOOST_TEST(text.substr(0, 12) == "HTTP/1.1 408", text);
}

BOOST_AUTO_TEST_CASE(a_header_has_its_time_from_the_first_byte_of_its_record_on) {
  Start(Serving("{header: 500ms, idle: 1h}"));
  Session session(Port(), k13);
  ByteString record = session.records.Data(kGet);
  record.pop_back();
  const auto begin = std::chrono::steady_clock::now();
  session.guest.Send(record);
  Client::End end;
  const std::vector<std::string> heard = session.HearAll(&end);
  BOOST_TEST((std::chrono::steady_clock::now() - begin < kPatience));
  BOOST_TEST(end == Client::End::closed);
  BOOST_REQUIRE(!heard.empty());
  BOOST_TEST(heard.front() == "HTTP/1.1 408 Request Timeout");
  BOOST_TEST(heard.back() == "alert 1 0");
}

BOOST_AUTO_TEST_CASE(a_session_that_is_idle_ends_with_close_notify) {
  Start(Serving("{idle: 300ms}"));
  Session session(Port(), k13);
  Client::End end;
  BOOST_TEST(session.HearAll(&end) == std::vector<std::string>{"alert 1 0"},
             boost::test_tools::per_element());
  BOOST_TEST(end == Client::End::closed);
}

BOOST_AUTO_TEST_SUITE_END()

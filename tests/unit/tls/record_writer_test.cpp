#include "tls/record_writer.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/tls/server.hpp"

namespace tined::tls {
namespace {

using test::AllSuites;
using test::BytesOf;
using test::ByteString;
using test::Example;
using test::Hex;
using test::Server;
using test::Suites12;
using test::Suites13;
using test::TextOf;
using test::Unhex;

constexpr Suite kSuite13 = Suite::aes_128_gcm_sha256;
constexpr Suite kSuite12 = Suite::ecdhe_ecdsa_aes_128_gcm_sha256;
const ByteString kUpdate = {24, 0, 0, 1, 0};
const ByteString kUpdateAndAsk = {24, 0, 0, 1, 1};

std::string Text(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * i % 23);
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(RecordWriterTest)

BOOST_AUTO_TEST_CASE(the_client_reads_what_was_written_in_every_suite_by_every_library) {
  for (const Library library : {Library::openssl, Library::automatic}) {
    for (const Suite suite : AllSuites()) {
      for (const std::size_t size : {1U, 100U, 1024U, 16'384U, 16'385U, 30'000U}) {
        BOOST_TEST_CONTEXT(NameOf(suite) << ", " << size << " bytes") {
          Server server(Example(suite), library);
          const ByteString sent = server.SendText(Text(size));
          BOOST_TEST(server.client.ReadData(sent) == Text(size));
          BOOST_TEST(server.out().consumed == size);
          BOOST_TEST(server.out().window_size == sent.size());
          BOOST_TEST(server.out().window_begin == 100U);
          BOOST_TEST(server.out().window_place == 200U);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(windows_follow_each_other) {
  for (const Suite suite : AllSuites()) {
    Server server(suite);
    std::string read;
    for (int i = 0; i < 20; ++i) read += server.client.ReadData(server.SendText("some bytes, "));
    BOOST_TEST(read.size() == 240U);
    BOOST_TEST(server.out().consumed == 240U);
    BOOST_TEST(server.out().sequence == Example(suite).server_sequence + 20);
  }
}

BOOST_AUTO_TEST_CASE(a_record_holds_no_more_than_was_agreed) {
  for (const Suite suite : AllSuites()) {
    for (const std::uint16_t largest : std::vector<std::uint16_t>{512, 1024, 2048, 4096}) {
      Server server(Example(suite, largest));
      const auto received = server.client.Read(server.SendText(Text(5000)));
      for (std::size_t i = 0; i + 1 < received.size(); ++i) {
        BOOST_TEST(received[i].content.size() == largest);
      }
      BOOST_TEST(received.size() == (5000U + largest - 1) / largest);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_window_that_is_full_says_how_far_it_got) {
  for (const Suite suite : AllSuites()) {
    Server server(suite);
    const std::string text = Text(100'000);
    std::string_view left = text;
    std::string read;
    while (!left.empty()) {
      std::size_t written = 0;
      const ByteString sent = server.Send(
          [&](RecordWriter& writer) { written = writer.Write(BytesOf(left)); }, 1U << 15);
      BOOST_TEST_REQUIRE(written > 0U);
      BOOST_TEST(sent.size() <= 1U << 15);
      left.remove_prefix(written);
      read += server.client.ReadData(sent);
    }
    BOOST_TEST((read == text));
  }
}

BOOST_AUTO_TEST_CASE(no_tiny_record_fills_the_end_of_a_window) {
  Server server(kSuite13);
  std::size_t written = 0;
  server.Send([&](RecordWriter& writer) { written = writer.Write(BytesOf(Text(40'000))); },
              2 * (16'384 + 22) + 500);
  BOOST_TEST(written == 2U * 16'384);
  server.Send([&](RecordWriter& writer) { written = writer.Write(BytesOf(Text(40'000))); },
              2 * (16'384 + 22) + 2000);
  BOOST_TEST(written == 2U * 16'384 + 2000 - 22);
}

BOOST_AUTO_TEST_CASE(the_only_record_of_a_window_may_be_tiny) {
  Server server(kSuite13);
  std::size_t written = 0;
  server.Send([&](RecordWriter& writer) { written = writer.Write(BytesOf(Text(4000))); }, 128);
  BOOST_TEST(written == 128U - 22);
}

BOOST_AUTO_TEST_CASE(bytes_are_sealed_where_they_were_read_to) {
  for (const Suite suite : AllSuites()) {
    Server server(suite);
    const std::string text = Text(20'000);
    const ByteString sent = server.Send([&](RecordWriter& writer) {
      std::size_t done = writer.Write(BytesOf(text.substr(0, 100)));
      while (done < text.size()) {
        const auto room = writer.Reserve(text.size() - done);
        BOOST_TEST_REQUIRE(!room.empty());
        std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(done), room.size(), room.begin());
        writer.SealReserved(room.size());
        done += room.size();
      }
    });
    BOOST_TEST((server.client.ReadData(sent) == text));
    BOOST_TEST(server.out().consumed == text.size());
  }
}

BOOST_AUTO_TEST_CASE(bytes_may_be_read_before_the_window_is_begun) {
  for (const Suite suite : AllSuites()) {
    for (const bool is_asked : {false, true}) {
      Server server(suite);
      ByteString memory(2000);
      std::copy_n("of a file", 9, memory.begin() + RecordWriter::kMostLead);
      // Meanwhile the client has asked for something that is answered first.
      if (is_asked && IsKnown(Version::tls13, suite)) server.Open(server.client.KeyUpdate(1));
      if (is_asked && IsKnown(Version::tls12, suite)) {
        server.Open(server.client.Record(ContentType::handshake, ByteString{1, 0, 0, 0}));
      }
      const std::size_t lead = RecordWriter::LeadOf(server.session, server.selector);
      BOOST_TEST_REQUIRE(lead <= RecordWriter::kMostLead);
      RecordWriter writer(server.crypto, server.session, server.selector, server.cache,
                          std::span(memory).subspan(RecordWriter::kMostLead - lead));
      BOOST_TEST(writer.is_empty() == !is_asked);
      BOOST_TEST((writer.Reserve(9).data() == &memory[RecordWriter::kMostLead]));
      writer.SealReserved(9);
      BOOST_TEST(server.client.ReadWithUpdates(ByteView(memory).subspan(
                     RecordWriter::kMostLead - lead, writer.size())) == "of a file");
    }
  }
}

BOOST_AUTO_TEST_CASE(less_than_was_reserved_may_be_sealed) {
  for (const Suite suite : AllSuites()) {
    Server server(suite);
    const ByteString sent = server.Send([&](RecordWriter& writer) {
      const auto room = writer.Reserve(1000);
      BOOST_TEST(room.size() == 1000U);
      std::copy_n("short", 5, room.begin());
      writer.SealReserved(5);
      writer.Write(BytesOf(" and more"));
    });
    BOOST_TEST(server.client.ReadData(sent) == "short and more");
    BOOST_TEST(server.out().consumed == 14U);
  }
}

BOOST_AUTO_TEST_CASE(both_ways_give_the_same_bytes) {
  for (const Suite suite : AllSuites()) {
    Server one(suite);
    Server other(suite);
    const ByteString sent = other.Send([&](RecordWriter& writer) {
      const auto room = writer.Reserve(10);
      std::copy_n("some bytes", 10, room.begin());
      writer.SealReserved(10);
    });
    BOOST_TEST(Hex(one.SendText("some bytes")) == Hex(sent));
  }
}

BOOST_AUTO_TEST_CASE(close_notify_is_the_last_record) {
  for (const Suite suite : AllSuites()) {
    Server server(suite);
    const auto received = server.client.Read(server.Send([](RecordWriter& writer) {
      writer.Write(BytesOf("the end"));
      BOOST_TEST(writer.WriteAlert(Alert::close_notify));
      BOOST_TEST(writer.Write(BytesOf("more")) == 0U);
      BOOST_TEST(!writer.WriteAlert(Alert::close_notify));
    }));
    BOOST_TEST_REQUIRE(received.size() == 2U);
    BOOST_TEST((received[1].type == ContentType::alert));
    BOOST_TEST((received[1].content == ByteString{1, 0}));
    BOOST_TEST(server.out().is_closed == 1);
    const ByteString sent = server.Send([](RecordWriter& writer) {
      BOOST_TEST(writer.is_over());
      BOOST_TEST(writer.Reserve(1).empty());
    });
    BOOST_TEST(sent.empty());
  }
}

BOOST_AUTO_TEST_CASE(what_has_gone_wrong_is_told_by_a_fatal_alert) {
  Server server(kSuite13);
  const auto received = server.client.Read(server.Send(
      [](RecordWriter& writer) { BOOST_TEST(writer.WriteAlert(Alert::bad_record_mac)); }, 128));
  BOOST_TEST((received.at(0).content == ByteString{2, 20}));
}

BOOST_AUTO_TEST_CASE(an_alert_that_does_not_fit_goes_with_the_next_window) {
  Server server(kSuite13);
  server.Send(
      [](RecordWriter& writer) {
        writer.Write(BytesOf(Text(128 - 22)));
        BOOST_TEST(!writer.WriteAlert(Alert::close_notify));
        BOOST_TEST(!writer.is_over());
      },
      128);
  BOOST_TEST(server.out().is_closed == 0);
}

BOOST_AUTO_TEST_CASE(the_answer_to_a_key_update_comes_first_and_alone_if_it_must) {
  for (const Suite suite : Suites13()) {
    Server server(suite);
    server.Open(server.client.KeyUpdate(1));
    const auto received = server.client.Read(server.Send([](RecordWriter&) {}, 128));
    BOOST_TEST_REQUIRE(received.size() == 1U);
    BOOST_TEST((received[0].content == kUpdate));
    BOOST_TEST(server.out().epoch == 1);
    BOOST_TEST(server.out().sequence == 0U);
    BOOST_TEST(!IsMessageOwed(server.session, server.selector));
    BOOST_TEST(server.client.ReadData(server.SendText("with the next key")) == "with the next key");
  }
}

BOOST_AUTO_TEST_CASE(a_key_that_has_been_used_enough_is_replaced) {
  for (const Suite suite : Suites13()) {
    Server server(suite);
    server.SetSequences(0, kRecordsOfKey - 1);
    BOOST_TEST(server.client.ReadData(server.SendText("x")) == "x");
    const auto received = server.client.Read(server.SendText("x"));
    if (IsGcm(CipherOf(suite))) {
      BOOST_TEST_REQUIRE(received.size() == 2U);
      BOOST_TEST((received[0].content == kUpdate));
      BOOST_TEST(server.out().sequence == 1U);
    } else {
      BOOST_TEST(received.size() == 1U);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_client_is_asked_once_for_another_key) {
  for (const Suite suite : {Suite::aes_128_gcm_sha256, Suite::aes_256_gcm_sha384}) {
    Server server(suite);
    server.SetSequences(kRecordsOfKey - 1, 0);
    BOOST_TEST(!IsMessageOwed(server.session, server.selector));
    server.Open(server.client.Data("x"));
    BOOST_TEST(IsMessageOwed(server.session, server.selector));
    const auto received = server.client.Read(server.SendText("x"));
    BOOST_TEST_REQUIRE(received.size() == 2U);
    BOOST_TEST((received[0].content == kUpdateAndAsk));
    server.Open(server.client.Data("x"));
    BOOST_TEST(!IsMessageOwed(server.session, server.selector));
    server.Open(server.client.KeyUpdate(0));
    server.SetSequences(kRecordsOfKey, server.out().sequence);
    BOOST_TEST(IsMessageOwed(server.session, server.selector));
  }
}

BOOST_AUTO_TEST_CASE(one_key_update_pays_all_that_is_owed) {
  Server server(kSuite13);
  server.SetSequences(0, kRecordsOfKey + 5);
  server.Open(server.client.KeyUpdate(1));
  const auto received = server.client.Read(server.SendText("x"));
  BOOST_TEST(received.size() == 2U);
  BOOST_TEST(server.out().epoch == 1);
}

BOOST_AUTO_TEST_CASE(a_session_of_1_2_wears_out) {
  for (const Suite suite : Suites12()) {
    Server server(suite);
    server.SetSequences(0, kRecordsOfKey - 1);
    BOOST_TEST(!IsWornOut(server.session, server.selector));
    BOOST_TEST(server.client.ReadData(server.SendText("x")) == "x");
    BOOST_TEST(IsWornOut(server.session, server.selector) == IsGcm(CipherOf(suite)));
    BOOST_TEST(server.client.ReadData(server.SendText("the last answer")) == "the last answer");
  }
}

BOOST_AUTO_TEST_CASE(explicit_nonces_count_on_from_the_handshakes) {
  Agreed agreed = Example(kSuite12);
  const auto base = test::UnhexArray<8>("fffffffffffffffe");
  std::copy(base.begin(), base.end(), agreed.server.bytes.begin() + Secret::kExplicitNonce);
  Server server(agreed);
  BOOST_TEST(Hex(ByteView(server.SendText("x")).subspan(5, 8)) == "ffffffffffffffff");
  BOOST_TEST(Hex(ByteView(server.SendText("x")).subspan(5, 8)) == "0000000000000000");
}

BOOST_AUTO_TEST_CASE(nothing_is_sealed_in_a_session_that_was_changed_by_others) {
  for (const Suite suite : AllSuites()) {
    Server server(suite);
    server.session.outbound[0].sequence -= 1;
    server.window.resize(1000);
    RecordWriter writer(server.crypto, server.session, server.selector, server.cache,
                        server.window);
    BOOST_TEST(writer.is_over());
    BOOST_TEST(writer.Write(BytesOf("x")) == 0U);
    BOOST_TEST(!writer.WriteAlert(Alert::internal_error));
  }
}

BOOST_AUTO_TEST_CASE(a_window_that_is_too_small_for_what_is_owed_is_not_begun) {
  Server server(kSuite13);
  server.window.resize(RecordWriter::kSmallestWindow - 1);
  RecordWriter writer(server.crypto, server.session, server.selector, server.cache, server.window);
  BOOST_TEST(writer.is_over());
}

BOOST_AUTO_TEST_CASE(records_are_those_of_rfc_8448) {
  Agreed agreed = Example(kSuite13);
  agreed.server.bytes =
      test::UnhexArray<48>("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643");
  agreed.server_sequence = 1;
  ByteString counted;
  for (std::uint8_t i = 0; i < 50; ++i) counted.push_back(i);
  for (const Library library : {Library::openssl, Library::automatic}) {
    Server server(agreed, library);
    const ByteString sent = server.Send([&](RecordWriter& writer) {
      writer.Write(counted);
      BOOST_TEST(writer.WriteAlert(Alert::close_notify));
    });
    BOOST_TEST(
        Hex(sent) ==
        "17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efaf97d90e6dffc602dc"
        "b501a59a8fcc49c4bf2e5f0a21c0047c2abf332540dd032e167c2955d"
        "1703030013b58fd67166ebf599d24720cfbe7efa7a8864a9");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::tls

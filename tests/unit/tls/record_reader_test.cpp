#include "tls/record_reader.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/tls/faults.hpp"

namespace tined::tls {
namespace {

using Kind = Opened::Kind;
using test::AllSuites;
using test::BytesOf;
using test::ByteString;
using test::Example;
using test::ExpectFault;
using test::ExpectFaultIn;
using test::Joined;
using test::Server;
using test::Suites13;
using test::TextOf;

constexpr Suite kSuite13 = Suite::aes_128_gcm_sha256;
constexpr Suite kSuite12 = Suite::ecdhe_ecdsa_aes_128_gcm_sha256;

}  // namespace

BOOST_AUTO_TEST_SUITE(RecordReaderTest)

BOOST_AUTO_TEST_CASE(a_record_is_opened_in_every_suite_by_every_library) {
  for (const Library library : {Library::openssl, Library::automatic}) {
    for (const Suite suite : AllSuites()) {
      BOOST_TEST_CONTEXT(NameOf(suite)) {
        Server server(Example(suite), library);
        const ByteString record = server.client.Data("GET / HTTP/1.1\r\n\r\n");
        const Opened opened = server.Open(record);
        BOOST_TEST(opened.kind == Kind::application);
        BOOST_TEST(opened.size == 18U);
        BOOST_TEST(opened.record_size == record.size());
        BOOST_TEST(server.text == "GET / HTTP/1.1\r\n\r\n");
        BOOST_TEST(server.in().consumed == record.size());
        BOOST_TEST(server.in().produced == 18U);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(records_follow_each_other) {
  for (const Suite suite : AllSuites()) {
    Server server(suite);
    const ByteString all =
        Joined({server.client.Data("one"), server.client.Data("two"), server.client.Data("three")});
    BOOST_TEST(server.OpenAll(all).kind == Kind::application);
    BOOST_TEST(server.text == "onetwothree");
    BOOST_TEST(server.in().consumed == all.size());
  }
}

BOOST_AUTO_TEST_CASE(a_record_that_is_not_whole_tells_what_is_missing) {
  for (const Suite suite : AllSuites()) {
    Server server(suite);
    const ByteString record = server.client.Data("some bytes");
    for (std::size_t size = 0; size < record.size(); ++size) {
      const Opened opened = server.Open(ByteView(record).first(size));
      BOOST_TEST(opened.kind == Kind::needs_input);
      BOOST_TEST(opened.size == (size < 5 ? 5 : record.size()) - size);
    }
    BOOST_TEST(server.Open(record).kind == Kind::application);
  }
}

BOOST_AUTO_TEST_CASE(a_record_that_is_opened_again_is_the_same) {
  for (const Suite suite : AllSuites()) {
    Server server(suite);
    const ByteString record = server.client.Data("some bytes");
    for (int i = 0; i < 3; ++i) {
      // Opened by a process that was killed before it had that count.
      KeyCache cache;
      const Opened opened = RecordReader(server.crypto)
                                .Open(server.session, server.selector, cache, record, server.room);
      BOOST_TEST(opened.kind == Kind::application);
      BOOST_TEST(TextOf(ByteView(server.room).first(opened.size)) == "some bytes");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_room_that_is_too_small_is_told) {
  Server server(kSuite13);
  const ByteString record = server.client.Data("some bytes");
  server.room.resize(10);
  Opened opened = server.Open(record);
  BOOST_TEST(opened.kind == Kind::needs_room);
  BOOST_TEST(opened.size == 11U);
  server.room.resize(opened.size);
  BOOST_TEST(server.Open(record).kind == Kind::application);
}

BOOST_AUTO_TEST_CASE(records_of_one_byte_are_fine) {
  Server server(kSuite13);
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST(server.Open(server.client.Data("x")).kind == Kind::application);
  }
  BOOST_TEST(server.text == std::string(100, 'x'));
}

BOOST_AUTO_TEST_CASE(the_largest_record_is_opened) {
  for (const Suite suite : AllSuites()) {
    Server server(suite);
    const std::string text(kLargestFragment, 'x');
    const ByteString record = server.client.Data(text);
    BOOST_TEST(record.size() < RecordReader::kLargestRecord);
    BOOST_TEST(server.Open(record).kind == Kind::application);
    BOOST_TEST(server.text == text);
  }
}

BOOST_AUTO_TEST_CASE(padding_is_taken_off) {
  for (const Suite suite : Suites13()) {
    for (const std::size_t padding : {1U, 7U, 300U, kLargestFragment - 10U}) {
      Server server(suite);
      const ByteString record =
          server.client.Record(ContentType::application_data, BytesOf("some bytes"), padding);
      BOOST_TEST(server.Open(record).kind == Kind::application);
      BOOST_TEST(server.text == "some bytes");
    }
  }
}

BOOST_AUTO_TEST_CASE(zeros_at_the_end_of_content_are_content) {
  Server server(kSuite13);
  BOOST_TEST(server.Open(server.client.Data(std::string(3, '\0'))).size == 3U);
}

BOOST_AUTO_TEST_CASE(padding_beyond_the_largest_record_is_an_overflow) {
  ExpectFaultIn(Suites13(), Alert::record_overflow, [](auto& client) {
    return client.Record(ContentType::application_data, BytesOf("some bytes"),
                         kLargestFragment - 9);
  });
}

BOOST_AUTO_TEST_CASE(content_beyond_the_largest_fragment_is_an_overflow) {
  ExpectFaultIn(AllSuites(), Alert::record_overflow,
                [](auto& client) { return client.Data(std::string(kLargestFragment + 1, 'x')); });
}

BOOST_AUTO_TEST_CASE(content_beyond_the_agreed_fragment_is_an_overflow) {
  for (const Suite suite : AllSuites()) {
    Server server(Example(suite, 512));
    BOOST_TEST(server.Open(server.client.Data(std::string(512, 'x'))).size == 512U);
    ExpectFault(server, server.client.Data(std::string(513, 'x')), Alert::record_overflow);
  }
}

BOOST_AUTO_TEST_CASE(padding_may_go_beyond_the_agreed_fragment) {
  Server server(Example(kSuite13, 512));
  BOOST_TEST(
      server.Open(server.client.Record(ContentType::application_data, BytesOf("x"), 2000)).size ==
      1U);
}

BOOST_AUTO_TEST_CASE(an_overflow_is_told_by_the_header_alone) {
  Server server13(kSuite13);
  ExpectFault(server13, {23, 3, 3, 0x41, 1}, Alert::record_overflow);
  Server server12(kSuite12);
  ExpectFault(server12, {23, 3, 3, 0x48, 1}, Alert::record_overflow);
}

BOOST_AUTO_TEST_CASE(a_record_of_zeros_alone_has_no_type) {
  ExpectFaultIn(Suites13(), Alert::unexpected_message,
                [](auto& client) { return client.Inner(ByteString(10)); });
  ExpectFaultIn(Suites13(), Alert::unexpected_message,
                [](auto& client) { return client.Inner({}); });
}

BOOST_AUTO_TEST_CASE(each_bit_of_a_record_counts) {
  for (const Suite suite : AllSuites()) {
    Server server(suite);
    const ByteString record = server.client.Data("some bytes");
    for (std::size_t bit = 5 * 8; bit < record.size() * 8; ++bit) {
      ByteString changed = record;
      changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
      ExpectFault(server, changed, Alert::bad_record_mac);
      const bool is_wiped = std::all_of(server.room.begin(), server.room.begin() + 10,
                                        [](std::uint8_t byte) { return byte == 0; });
      BOOST_TEST(is_wiped);
    }
    BOOST_TEST(server.Open(record).kind == Kind::application);
  }
}

BOOST_AUTO_TEST_CASE(a_missing_record_is_noticed) {
  ExpectFaultIn(AllSuites(), Alert::bad_record_mac, [](auto& client) {
    client.SkipSending();
    return client.Data("some bytes");
  });
}

BOOST_AUTO_TEST_CASE(a_record_too_short_for_its_tag_is_none) {
  Server server13(kSuite13);
  ExpectFault(server13, ByteString{23, 3, 3, 0, 1, 1}, Alert::bad_record_mac);
  ExpectFault(server13, ByteString{23, 3, 3, 0, 0}, Alert::bad_record_mac);
  Server server12(kSuite12);
  ExpectFault(server12, ByteString{23, 3, 3, 0, 23}, Alert::bad_record_mac);
}

BOOST_AUTO_TEST_CASE(the_version_of_a_record_counts_in_1_2_alone) {
  Server server12(kSuite12);
  ExpectFault(server12, ByteString{23, 3, 1, 0, 40}, Alert::protocol_version);
  Server server13(kSuite13);
  BOOST_TEST(server13.Open(ByteString{23, 3, 1, 0, 40}).kind == Kind::needs_input);
}

BOOST_AUTO_TEST_CASE(a_session_that_was_changed_by_others_is_not_gone_on_with) {
  for (const Suite suite : AllSuites()) {
    Server server(suite);
    const ByteString record = server.client.Data("some bytes");
    server.session.inbound[0].sequence += 1;
    BOOST_TEST(server.Open(record).kind == Kind::broken);
    server.session.inbound[0].sequence -= 1;
    server.session.inbound_secrets[0].bytes[40] ^= 1;
    BOOST_TEST(server.Open(record).kind == Kind::broken);
  }
}

BOOST_AUTO_TEST_CASE(records_of_rfc_8448_are_opened) {
  Agreed agreed = Example(kSuite13);
  agreed.client.bytes =
      test::UnhexArray<48>("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5");
  for (const Library library : {Library::openssl, Library::automatic}) {
    Server server(agreed, library);
    const Opened data =
        server.Open(test::Unhex("1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b"
                                "9819a8a5b46b395bd54a9a2044"
                                "1e2b62974e1f5a6292a2977014bd1e3deae63aeebb21694915e4"));
    BOOST_TEST(data.kind == Kind::application);
    std::string counted;
    for (char i = 0; i < 50; ++i) counted.push_back(i);
    BOOST_TEST(server.text == counted);
    BOOST_TEST(server.Open(test::Unhex("1703030013c9872760655666b74d7ff1153efd6db6d0b0e3")).kind ==
               Kind::close_notify);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::tls

// What of a file a client gets, if any: conditions, ranges and codings on the wire.
#include <boost/test/unit_test.hpp>

#include "tests/integration/wire.hpp"

using namespace tined::test;

namespace {

constexpr const char* kAlphabet = "/files/alphabet";
constexpr const char* kCoded = "/files/coded.txt";
constexpr const char* kLongAgo = "Sun, 06 Nov 1994 08:49:37 GMT";

Answer Get(const std::string& target, const std::string& lines = {}) {
  return Ask("GET", target, lines);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(selection, *boost::unit_test::fixture<Wire>())

BOOST_AUTO_TEST_CASE(rfc9110_8_8_a_file_has_validators) {
  const Answer answer = Get(kAlphabet);
  BOOST_TEST(answer["ETag"].starts_with("\""));
  BOOST_TEST(answer["Last-Modified"].ends_with(" GMT"));
  BOOST_TEST(answer["Accept-Ranges"] == "bytes");
}

BOOST_AUTO_TEST_CASE(rfc9110_15_4_5_304_repeats_what_caches_need) {
  const Answer whole = Get(kCoded);
  for (const std::string& condition :
       {"If-None-Match: " + whole["ETag"], std::string("If-None-Match: *"),
        "If-Modified-Since: " + whole["Last-Modified"]}) {
    const Answer answer = Get(kCoded, condition + "\r\n");
    BOOST_TEST(answer.status == 304);
    BOOST_TEST(answer.Has("Date"));
    BOOST_TEST(answer["ETag"] == whole["ETag"]);
    BOOST_TEST(answer["Vary"] == whole["Vary"]);
    BOOST_TEST(!answer.Has("Content-Length"));
    BOOST_TEST(!answer.Has("Content-Type"));
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_13_1_lists_of_tags_may_be_long_empty_and_in_pieces) {
  const std::string etag = Get(kAlphabet)["ETag"];
  BOOST_TEST(Get(kAlphabet, "If-None-Match: , \"x\",, W/" + etag + "\r\n").status == 304);
  BOOST_TEST(Get(kAlphabet, "If-None-Match: \"x\"\r\nIf-None-Match: " + etag + "\r\n").status ==
             304);
  BOOST_TEST(Get(kAlphabet, "If-Match: \"x\", " + etag + "\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(rfc9110_15_5_13_a_condition_that_does_not_hold_gets_412) {
  const std::string etag = Get(kAlphabet)["ETag"];
  BOOST_TEST(Get(kAlphabet, "If-Match: \"x\"\r\n").status == 412);
  BOOST_TEST(Get(kAlphabet, "If-Match: W/" + etag + "\r\n").status == 412);
  BOOST_TEST(Get(kAlphabet, std::string("If-Unmodified-Since: ") + kLongAgo + "\r\n").status ==
             412);
}

BOOST_AUTO_TEST_CASE(rfc9110_13_2_2_precedence) {
  const std::string etag = Get(kAlphabet)["ETag"];
  BOOST_TEST(Get(kAlphabet, "If-Match: \"x\"\r\nIf-None-Match: " + etag + "\r\n").status == 412);
  BOOST_TEST(Get(kAlphabet, "If-None-Match: \"x\"\r\nIf-Modified-Since: " +
                                Get(kAlphabet)["Last-Modified"] + "\r\n")
                 .status == 200);
  BOOST_TEST(Get(kAlphabet, "If-Match: *\r\nIf-Unmodified-Since: " + std::string(kLongAgo) + "\r\n")
                 .status == 200);
}

BOOST_AUTO_TEST_CASE(rfc9110_13_2_1_conditions_change_no_error) {
  BOOST_TEST(Get("/none", "If-Match: \"x\"\r\n").status == 404);
  BOOST_TEST(Get("/files/none", "If-None-Match: *\r\n").status == 404);
  BOOST_TEST(Get("/old", "If-Match: \"x\"\r\n").status == 308);
  BOOST_TEST(Get("/post", "If-Match: \"x\"\r\n").status == 405);
  BOOST_TEST(Ask("OPTIONS", kAlphabet, "If-Match: \"x\"\r\n").status == 204);
}

BOOST_AUTO_TEST_CASE(rfc9110_13_1_fixed_answers_heed_conditions_too) {
  BOOST_TEST(Get("/ping", "If-None-Match: *\r\n").status == 304);
  BOOST_TEST(Get("/ping", "If-None-Match: \"x\"\r\n").status == 200);
  BOOST_TEST(Get("/ping", "If-Match: *\r\n").status == 200);
  BOOST_TEST(Get("/ping", "If-Match: \"x\"\r\n").status == 412);
  BOOST_TEST(Ask("POST", "/post", "If-None-Match: *\r\n").status == 412);
  // It has no modification date (RFC 9110, 13.1.3 and 13.1.4).
  BOOST_TEST(Get("/ping", std::string("If-Modified-Since: ") + kLongAgo + "\r\n").status == 200);
  BOOST_TEST(Get("/ping", std::string("If-Unmodified-Since: ") + kLongAgo + "\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(rfc9110_15_3_7_1_one_range) {
  const Answer whole = Get(kAlphabet);
  const Answer answer = Get(kAlphabet, "Range: bytes=1-3\r\n");
  BOOST_TEST(answer.status == 206);
  BOOST_TEST(answer.body == "bcd");
  BOOST_TEST(answer["Content-Range"] == "bytes 1-3/26");
  for (const char* field : {"ETag", "Last-Modified", "Content-Type"}) {
    BOOST_TEST(answer[field] == whole[field]);
  }
  BOOST_TEST(Get(kAlphabet, "Range: bytes=-2\r\n").body == "yz");
  BOOST_TEST(Get(kAlphabet, "Range: bytes=24-100\r\n").body == "yz");
}

BOOST_AUTO_TEST_CASE(rfc9110_15_3_7_2_several_ranges) {
  const Answer answer = Get(kAlphabet, "Range: bytes=0-0, ,25-\r\n");
  BOOST_TEST(answer.status == 206);
  BOOST_TEST(!answer.Has("Content-Range"));
  const std::string type = answer["Content-Type"];
  BOOST_REQUIRE(type.starts_with("multipart/byteranges; boundary="));
  const std::string delimiter = "\r\n--" + type.substr(type.find('=') + 1);
  const std::string part_type = "\r\nContent-Type: " + Get(kAlphabet)["Content-Type"] + "\r\n";
  BOOST_TEST(answer.body == delimiter + part_type + "Content-Range: bytes 0-0/26\r\n\r\na" +
                                delimiter + part_type + "Content-Range: bytes 25-25/26\r\n\r\nz" +
                                delimiter + "--\r\n");
}

BOOST_AUTO_TEST_CASE(rfc9110_15_5_17_416_says_how_long_the_file_is) {
  const Answer answer = Get(kAlphabet, "Range: bytes=26-\r\n");
  BOOST_TEST(answer.status == 416);
  BOOST_TEST(answer["Content-Range"] == "bytes */26");
}

BOOST_AUTO_TEST_CASE(rfc9110_14_2_a_range_is_ignored) {
  BOOST_TEST(Ask("HEAD", kAlphabet, "Range: bytes=1-3\r\n").status == 200);
  BOOST_TEST(Get(kAlphabet, "Range: lines=1-3\r\n").status == 200);
  BOOST_TEST(Get(kAlphabet, "Range: bytes=3-1\r\n").status == 200);
  BOOST_TEST(Get("/ping", "Range: bytes=1-3\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(rfc9110_13_1_5_if_range) {
  const Answer whole = Get(kAlphabet);
  const std::string range = "Range: bytes=1-3\r\n";
  BOOST_TEST(Get(kAlphabet, range + "If-Range: " + whole["ETag"] + "\r\n").status == 206);
  BOOST_TEST(Get(kAlphabet, range + "If-Range: \"x\"\r\n").status == 200);
  BOOST_TEST(Get(kAlphabet, range + "If-Range: W/" + whole["ETag"] + "\r\n").status == 200);
  BOOST_TEST(Get(kAlphabet, range + "If-Range: " + std::string(kLongAgo) + "\r\n").status == 200);
  // Without a range it means nothing; with one behind the end, the condition comes first.
  BOOST_TEST(Get(kAlphabet, "If-Range: \"x\"\r\n").status == 200);
  BOOST_TEST(Get(kAlphabet, "Range: bytes=26-\r\nIf-Range: \"x\"\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(rfc9110_13_2_2_conditions_come_before_ranges) {
  const std::string range = "Range: bytes=1-3\r\n";
  BOOST_TEST(Get(kAlphabet, range + "If-None-Match: *\r\n").status == 304);
  BOOST_TEST(Get(kAlphabet, range + "If-Match: \"x\"\r\n").status == 412);
  BOOST_TEST(Get(kAlphabet, "Range: bytes=26-\r\nIf-Match: \"x\"\r\n").status == 412);
}

BOOST_AUTO_TEST_CASE(rfc9110_12_5_3_codings_as_the_client_likes_them) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "as it is"},
      {"Accept-Encoding:\r\n", "as it is"},
      {"Accept-Encoding: gzip\r\n", "gzipped"},
      {"Accept-Encoding: , gzip;q=0.5,, br\r\n", "brotli"},
      {"Accept-Encoding: gzip\r\nAccept-Encoding: br;q=0.9\r\n", "gzipped"},
      {"Accept-Encoding: *\r\n", "brotli"},
      {"Accept-Encoding: gzip;q=0, br;q=0\r\n", "as it is"},
      {"Accept-Encoding: identity, gzip;q=0.9\r\n", "as it is"},
  };
  for (const auto& [lines, body] : cases) {
    const Answer answer = Get(kCoded, lines);
    BOOST_TEST(answer.body == body);
    BOOST_TEST(answer["Vary"] == "Accept-Encoding");
  }
  BOOST_TEST(Get(kCoded, "Accept-Encoding: br\r\n")["Content-Encoding"] == "br");
}

BOOST_AUTO_TEST_CASE(rfc9110_8_8_3_3_each_coding_has_a_tag_of_its_own) {
  const std::string plain = Get(kCoded)["ETag"];
  const std::string gzip = Get(kCoded, "Accept-Encoding: gzip\r\n")["ETag"];
  BOOST_TEST(plain != gzip);
  BOOST_TEST(Get(kCoded, "Accept-Encoding: gzip\r\nIf-None-Match: " + plain + "\r\n").status ==
             200);
  BOOST_TEST(Get(kCoded, "Accept-Encoding: gzip\r\nIf-None-Match: " + gzip + "\r\n").status == 304);
}

BOOST_AUTO_TEST_SUITE_END()

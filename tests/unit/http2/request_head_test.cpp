// RFC 9113, 8.1 to 8.5, by section.
#include "http2/request_head.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

namespace tined::http2 {
namespace {

using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

struct Block {
  FieldList list{{}};

  Reading Read(const Pairs& fields, bool ends_stream = true) {
    list.Clear();
    for (const auto& [name, value] : fields) list.Add({name, value});
    return ReadRequest(list, ends_stream);
  }
  /// A request that is well-formed but for what is added to it.
  Reading With(const Pairs& fields, bool ends_stream = true) {
    Pairs all = {{":method", "GET"}, {":scheme", "https"}, {":path", "/a?b"}, {":authority", "a"}};
    all.insert(all.end(), fields.begin(), fields.end());
    return Read(all, ends_stream);
  }
  const char* JudgeTrailer(std::string_view name, std::string_view value) {
    list.Clear();
    list.Add({name, value});
    return JudgeTrailers(list.fields(), true);
  }
};

constexpr Pairs::value_type kMethod = {":method", "GET"};
constexpr Pairs::value_type kScheme = {":scheme", "http"};
constexpr Pairs::value_type kPath = {":path", "/"};
constexpr Pairs::value_type kAuthority = {":authority", "a.example"};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(RequestHeadTest, Block)

BOOST_AUTO_TEST_CASE(rfc9113_8_3_1_a_request) {
  const Reading reading = With({{"accept", "*/*"}, {"x-empty", ""}});
  BOOST_REQUIRE(reading.malformed == nullptr);
  const RequestHead& head = reading.head;
  BOOST_TEST(head.method == "GET");
  BOOST_TEST(head.scheme == "https");
  BOOST_TEST(head.path == "/a?b");
  BOOST_TEST(head.authority == "a");
  BOOST_TEST(!head.content_length.has_value());
  BOOST_REQUIRE(head.fields.size() == 2U);
  BOOST_TEST(head.fields[0].name == "accept");
}

BOOST_AUTO_TEST_CASE(rfc9113_8_2_1_names_are_tokens_in_lower_case) {
  for (const std::string_view name : {"Accept", "", "a b", "a:b", "a\x7f", "a\xc3\xa4", "a\n"}) {
    BOOST_TEST((With({{name, "x"}}).malformed != nullptr), name);
  }
  BOOST_TEST(With({{"x-!#$%&'*+-.^_`|~09", "x"}}).malformed == nullptr);
}

BOOST_AUTO_TEST_CASE(rfc9113_8_2_1_values_have_no_controls_and_no_white_space_around_them) {
  using namespace std::string_view_literals;
  for (const std::string_view value : {"a\nb"sv, "a\rb"sv, "a\0b"sv, " a"sv, "a\t"sv, "\x7f"sv}) {
    BOOST_TEST((With({{"x", value}}).malformed != nullptr));
  }
  BOOST_TEST(With({{"x", "a\tb \xc3\xa4"}}).malformed == nullptr);
}

BOOST_AUTO_TEST_CASE(rfc9113_8_2_2_nothing_speaks_of_the_connection) {
  for (const std::string_view name :
       {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"}) {
    BOOST_TEST((With({{name, "x"}}).malformed != nullptr), name);
  }
  BOOST_TEST((With({{"te", "gzip"}}).malformed != nullptr));
  BOOST_TEST((With({{"te", "trailers, gzip"}}).malformed != nullptr));
  BOOST_TEST((With({{"te", "trailers"}}).malformed == nullptr));
}

BOOST_AUTO_TEST_CASE(rfc9113_8_2_3_cookies_are_joined) {
  const Reading reading = With({{"cookie", "a=1"}, {"x", "y"}, {"cookie", "b=2"}, {"cookie", "c"}});
  BOOST_REQUIRE(reading.head.fields.size() == 2U);
  BOOST_TEST(reading.head.fields[0].value == "a=1; b=2; c");
  BOOST_TEST(reading.head.fields[1].name == "x");
}

BOOST_AUTO_TEST_CASE(cookies_that_fill_the_list_can_be_joined) {
  FieldList full({.size = 40 * (kFieldOverhead + 6), .count = 40});
  for (int i = 0; i < 40; ++i) full.Add({"cookie", ""});
  BOOST_TEST(!full.is_too_large());
  full.Join("cookie", "; ");
  BOOST_TEST(full.fields()[0].value.size() == 39U * 2);
  full.Add({"x", ""});
  BOOST_TEST(full.is_too_large());
}

BOOST_AUTO_TEST_CASE(rfc9113_8_3_pseudo_fields_come_first_and_are_known) {
  BOOST_TEST((Read({kMethod, kScheme, {"x", "y"}, kPath, kAuthority}).malformed != nullptr));
  BOOST_TEST((With({{":status", "200"}}).malformed != nullptr));
  BOOST_TEST((With({{":protocol", "websocket"}}).malformed != nullptr));
  BOOST_TEST((With({{":unknown", ""}}).malformed != nullptr));
}

BOOST_AUTO_TEST_CASE(rfc9113_8_3_1_each_is_there_once) {
  const Pairs all = {kMethod, kScheme, kPath, kAuthority};
  BOOST_TEST(Read(all).malformed == nullptr);
  for (std::size_t i = 0; i < all.size(); ++i) {
    Pairs without = all;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
    BOOST_TEST((Read(without).malformed != nullptr));
    Pairs twice = all;
    twice.push_back(all[i]);
    BOOST_TEST((Read(twice).malformed != nullptr));
    Pairs empty = all;
    empty[i].second = "";
    BOOST_TEST((Read(empty).malformed != nullptr));
  }
}

BOOST_AUTO_TEST_CASE(rfc9113_8_3_1_a_path_begins_with_a_slash) {
  BOOST_TEST((Read({kMethod, kScheme, {":path", "a"}, kAuthority}).malformed != nullptr));
  BOOST_TEST((Read({kMethod, kScheme, {":path", "*"}, kAuthority}).malformed != nullptr));
  BOOST_TEST(
      (Read({{":method", "OPTIONS"}, kScheme, {":path", "*"}, kAuthority}).malformed == nullptr));
}

BOOST_AUTO_TEST_CASE(rfc9113_8_3_1_host_stands_in_for_authority_and_never_differs_from_it) {
  const Reading by_host = Read({kMethod, kScheme, kPath, {"host", "b.example"}});
  BOOST_REQUIRE(by_host.malformed == nullptr);
  BOOST_TEST(by_host.head.authority == "b.example");
  BOOST_TEST((With({{"host", "A"}}).malformed == nullptr));
  BOOST_TEST((With({{"host", "b"}}).malformed != nullptr));
  BOOST_TEST((With({{"host", "a"}, {"host", "a"}}).malformed != nullptr));
  BOOST_TEST((Read({kMethod, kScheme, kPath, {":authority", "me@a"}}).malformed != nullptr));
}

BOOST_AUTO_TEST_CASE(rfc9113_8_1_1_content_length_is_a_number_and_holds) {
  BOOST_TEST(With({{"content-length", "10"}}, false).head.content_length.value() == 10U);
  BOOST_TEST((With({{"content-length", "10"}}).malformed != nullptr));
  BOOST_TEST((With({{"content-length", "0"}}).malformed == nullptr));
  for (const std::string_view value : {"", "-1", "+1", "1, 1", "1x", "99999999999999999999"}) {
    BOOST_TEST((With({{"content-length", value}}, false).malformed != nullptr), value);
  }
  BOOST_TEST(
      (With({{"content-length", "1"}, {"content-length", "1"}}, false).malformed != nullptr));
}

BOOST_AUTO_TEST_CASE(rfc9113_8_1_trailers_end_the_content) {
  BOOST_TEST(JudgeTrailer("x-checksum", "1") == nullptr);
  BOOST_TEST((JudgeTrailer(":path", "/") != nullptr));
  BOOST_TEST((JudgeTrailer("Upper", "") != nullptr));
  BOOST_TEST((JudgeTrailer("connection", "close") != nullptr));
  BOOST_TEST((JudgeTrailers({}, false) != nullptr));
}

BOOST_AUTO_TEST_CASE(rfc9113_8_5_connect_has_an_authority_alone) {
  const Pairs::value_type connect = {":method", "CONNECT"};
  const Reading reading = Read({connect, kAuthority});
  BOOST_REQUIRE(reading.malformed == nullptr);
  BOOST_TEST(reading.head.path.empty());
  BOOST_TEST((Read({connect, kAuthority, kPath}).malformed != nullptr));
  BOOST_TEST((Read({connect, kAuthority, kScheme}).malformed != nullptr));
  BOOST_TEST((Read({connect, {"host", "a"}}).malformed != nullptr));
}

BOOST_AUTO_TEST_CASE(rfc9110_10_1_1_expectations) {
  BOOST_TEST(With({{"expect", "100-Continue"}}).head.expects_continue);
  BOOST_TEST(With({{"expect", "the-unexpected"}}).head.has_failed_expectation);
  BOOST_TEST(!With({}).head.expects_continue);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::http2

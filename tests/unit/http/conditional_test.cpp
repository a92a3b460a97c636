#include "http/conditional.hpp"

#include <boost/test/unit_test.hpp>
#include <ostream>

#include "tests/unit/http/requests.hpp"

namespace tined::http {

std::ostream& operator<<(std::ostream& out, Precondition precondition) {
  constexpr const char* kNames[] = {"proceed", "not_modified", "failed"};
  return out << kNames[static_cast<int>(precondition)];
}

namespace {

using enum Precondition;

constexpr std::string_view kEtag = "\"a\"";
/// When the representation was changed: 2025-12-31, 23:00.
constexpr auto kModified = kNow - std::chrono::hours(1);
constexpr std::string_view kThen = "Wed, 31 Dec 2025 23:00:00 GMT";
constexpr std::string_view kBefore = "Wed, 31 Dec 2025 22:59:59 GMT";
constexpr std::string_view kAfter = "Wed, 31 Dec 2025 23:00:01 GMT";

Precondition Evaluate(std::string_view method, Made::Fields fields, std::string_view etag = kEtag) {
  Made made(method, fields);
  return EvaluatePreconditions(*made, {etag, kModified});
}
Precondition Get(Made::Fields fields) { return Evaluate("GET", fields); }

BOOST_AUTO_TEST_SUITE(PreconditionsTest)

BOOST_AUTO_TEST_CASE(none_is_fulfilled) { BOOST_TEST(Get({}) == proceed); }

BOOST_AUTO_TEST_CASE(rfc9110_13_1_1_if_match) {
  BOOST_TEST(Get({{"If-Match", "\"a\""}}) == proceed);
  BOOST_TEST(Get({{"If-Match", "\"b\", \"a\""}}) == proceed);
  BOOST_TEST(Get({{"If-Match", "*"}}) == proceed);
  BOOST_TEST(Get({{"If-Match", "\"b\""}}) == failed);
  BOOST_TEST(Get({{"If-Match", ""}}) == failed);
  BOOST_TEST(Get({{"If-Match", "a"}}) == failed);
  BOOST_TEST(Get({{"If-Match", "\"A\""}}) == failed);
}

BOOST_AUTO_TEST_CASE(rfc9110_13_1_1_if_match_compares_strongly) {
  BOOST_TEST(Get({{"If-Match", "W/\"a\""}}) == failed);
  BOOST_TEST(Evaluate("GET", {{"If-Match", "W/\"a\""}}, "W/\"a\"") == failed);
  BOOST_TEST(Evaluate("GET", {{"If-Match", "\"a\""}}, "W/\"a\"") == failed);
}

BOOST_AUTO_TEST_CASE(rfc9110_13_1_2_if_none_match) {
  BOOST_TEST(Get({{"If-None-Match", "\"a\""}}) == not_modified);
  BOOST_TEST(Get({{"If-None-Match", "\"b\",\"a\""}}) == not_modified);
  BOOST_TEST(Get({{"If-None-Match", "*"}}) == not_modified);
  BOOST_TEST(Get({{"If-None-Match", "\"b\""}}) == proceed);
  BOOST_TEST(Get({{"If-None-Match", ""}}) == proceed);
}

BOOST_AUTO_TEST_CASE(rfc9110_13_1_2_if_none_match_compares_weakly) {
  BOOST_TEST(Get({{"If-None-Match", "W/\"a\""}}) == not_modified);
  BOOST_TEST(Evaluate("GET", {{"If-None-Match", "\"a\""}}, "W/\"a\"") == not_modified);
  BOOST_TEST(Evaluate("GET", {{"If-None-Match", "W/\"a\""}}, "W/\"a\"") == not_modified);
  BOOST_TEST(Get({{"If-None-Match", "w/\"a\""}}) == proceed);
}

BOOST_AUTO_TEST_CASE(rfc9110_13_1_2_other_methods_get_412) {
  BOOST_TEST(Evaluate("HEAD", {{"If-None-Match", "\"a\""}}) == not_modified);
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH"}) {
    BOOST_TEST(Evaluate(method, {{"If-None-Match", "\"a\""}}) == failed);
    BOOST_TEST(Evaluate(method, {{"If-None-Match", "*"}}) == failed);
    BOOST_TEST(Evaluate(method, {{"If-None-Match", "\"b\""}}) == proceed);
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_5_6_1_lists_of_tags_with_empty_elements_and_in_several_fields) {
  BOOST_TEST(Get({{"If-None-Match", ",, \"b\" , ,\"a\",\t"}}) == not_modified);
  BOOST_TEST(Get({{"If-None-Match", "\"b\""}, {"If-None-Match", "\"a\""}}) == not_modified);
  BOOST_TEST(Get({{"If-Match", "\"b\""}, {"If-Match", "\"a\""}}) == proceed);
}

BOOST_AUTO_TEST_CASE(rfc9110_8_8_3_commas_and_backslashes_are_part_of_a_tag) {
  BOOST_TEST(Evaluate("GET", {{"If-None-Match", "\"a,b\", \"c\""}}, "\"a,b\"") == not_modified);
  BOOST_TEST(Get({{"If-None-Match", "\"x,\"a\"\""}}) == proceed);
  BOOST_TEST(Get({{"If-None-Match", "\"b\\\", \"a\""}}) == not_modified);
  BOOST_TEST(Evaluate("GET", {{"If-None-Match", "\"a\\\""}}, "\"a\\\"") == not_modified);
}

BOOST_AUTO_TEST_CASE(rfc9110_13_1_3_if_modified_since) {
  BOOST_TEST(Get({{"If-Modified-Since", kThen}}) == not_modified);
  BOOST_TEST(Get({{"If-Modified-Since", kAfter}}) == not_modified);
  BOOST_TEST(Get({{"If-Modified-Since", kBefore}}) == proceed);
  BOOST_TEST(Evaluate("HEAD", {{"If-Modified-Since", kThen}}) == not_modified);
}

BOOST_AUTO_TEST_CASE(rfc9110_5_6_7_conditions_take_all_three_forms_of_dates) {
  BOOST_TEST(Get({{"If-Modified-Since", "Wednesday, 31-Dec-25 23:00:00 GMT"}}) == not_modified);
  BOOST_TEST(Get({{"If-Modified-Since", "Wed Dec 31 23:00:00 2025"}}) == not_modified);
}

BOOST_AUTO_TEST_CASE(rfc9110_13_1_3_if_modified_since_is_ignored) {
  BOOST_TEST(Evaluate("POST", {{"If-Modified-Since", kThen}}) == proceed);
  BOOST_TEST(Get({{"If-Modified-Since", "yesterday"}}) == proceed);
  BOOST_TEST(Get({{"If-Modified-Since", ""}}) == proceed);
  BOOST_TEST(Get({{"If-Modified-Since", kThen}, {"If-Modified-Since", kThen}}) == proceed);
  BOOST_TEST(Get({{"If-Modified-Since", kThen}, {"If-None-Match", "\"b\""}}) == proceed);
}

BOOST_AUTO_TEST_CASE(rfc9110_13_1_4_if_unmodified_since) {
  BOOST_TEST(Get({{"If-Unmodified-Since", kThen}}) == proceed);
  BOOST_TEST(Get({{"If-Unmodified-Since", kAfter}}) == proceed);
  BOOST_TEST(Get({{"If-Unmodified-Since", kBefore}}) == failed);
  BOOST_TEST(Evaluate("PUT", {{"If-Unmodified-Since", kBefore}}) == failed);
}

BOOST_AUTO_TEST_CASE(rfc9110_13_1_4_if_unmodified_since_is_ignored) {
  BOOST_TEST(Get({{"If-Unmodified-Since", kBefore}, {"If-Match", "\"a\""}}) == proceed);
  BOOST_TEST(Get({{"If-Unmodified-Since", "never"}}) == proceed);
  BOOST_TEST(Get({{"If-Unmodified-Since", kBefore}, {"If-Unmodified-Since", kBefore}}) == proceed);
}

BOOST_AUTO_TEST_CASE(rfc9110_13_2_2_what_guards_changes_goes_before_what_saves_transfers) {
  BOOST_TEST(Get({{"If-None-Match", "\"a\""}, {"If-Match", "\"b\""}}) == failed);
  BOOST_TEST(Get({{"If-None-Match", "\"a\""}, {"If-Match", "\"a\""}}) == not_modified);
  BOOST_TEST(Get({{"If-Modified-Since", kThen}, {"If-Unmodified-Since", kBefore}}) == failed);
  BOOST_TEST(Get({{"If-Modified-Since", kThen}, {"If-Unmodified-Since", kThen}}) == not_modified);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(IfRangeTest)

bool Applies(Made::Fields fields, std::string_view etag = kEtag) {
  Made made("GET", fields);
  return RangeApplies(*made, {etag, kModified});
}

BOOST_AUTO_TEST_CASE(without_the_field_a_range_applies) { BOOST_TEST(Applies({})); }

BOOST_AUTO_TEST_CASE(rfc9110_13_1_5_tags_are_compared_strongly) {
  BOOST_TEST(Applies({{"If-Range", "\"a\""}}));
  BOOST_TEST(!Applies({{"If-Range", "\"b\""}}));
  BOOST_TEST(!Applies({{"If-Range", "W/\"a\""}}));
  BOOST_TEST(!Applies({{"If-Range", "W/\"a\""}}, "W/\"a\""));
  BOOST_TEST(!Applies({{"If-Range", "\"a\", \"b\""}}));
  BOOST_TEST(!Applies({{"If-Range", "*"}}));
  BOOST_TEST(!Applies({{"If-Range", "a"}}));
  BOOST_TEST(!Applies({{"If-Range", ""}}));
}

BOOST_AUTO_TEST_CASE(rfc9110_13_1_5_a_date_matches_exactly) {
  BOOST_TEST(Applies({{"If-Range", kThen}}));
  BOOST_TEST(Applies({{"If-Range", "Wed Dec 31 23:00:00 2025"}}));
  BOOST_TEST(!Applies({{"If-Range", kBefore}}));
  BOOST_TEST(!Applies({{"If-Range", kAfter}}));
  BOOST_TEST(!Applies({{"If-Range", kThen}, {"If-Range", kThen}}));
}

BOOST_AUTO_TEST_CASE(rfc9110_8_8_2_2_the_date_of_a_moment_ago_is_weak) {
  Made made("GET", {{"If-Range", "Thu, 01 Jan 2026 00:00:00 GMT"}});
  BOOST_TEST(!RangeApplies(*made, {kEtag, kNow}));
}

BOOST_AUTO_TEST_CASE(a_repeated_field_never_applies) {
  BOOST_TEST(!Applies({{"If-Range", "\"a\""}, {"If-Range", "\"b\""}}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http

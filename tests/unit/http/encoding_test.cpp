#include "http/encoding.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/http/requests.hpp"

namespace tined::http {
namespace {

/// "identity gzip zstd br", as weights.
std::string Weights(Made::Fields fields) {
  Made made("GET", fields);
  const AcceptedCodings accepted = ParseAcceptEncoding(*made);
  std::string all;
  for (const Coding coding : {Coding::identity, Coding::gzip, Coding::zstd, Coding::br}) {
    all += (all.empty() ? "" : " ") + std::to_string(accepted.Weight(coding));
  }
  return all;
}
std::string WeightsOf(std::string_view value) { return Weights({{"Accept-Encoding", value}}); }

BOOST_AUTO_TEST_SUITE(EncodingTest)

BOOST_AUTO_TEST_CASE(who_says_nothing_gets_the_file_as_it_is) {
  BOOST_TEST(Weights({}) == "1 0 0 0");
}

BOOST_AUTO_TEST_CASE(rfc9110_12_5_3_an_empty_field_means_no_coding) {
  BOOST_TEST(WeightsOf("") == "1 0 0 0");
  BOOST_TEST(WeightsOf(" , ") == "1 0 0 0");
}

BOOST_AUTO_TEST_CASE(rfc9110_12_5_3_named_codings_count_fully) {
  BOOST_TEST(WeightsOf("gzip") == "1 1000 0 0");
  BOOST_TEST(WeightsOf("gzip, deflate, br, zstd") == "1 1000 1000 1000");
  BOOST_TEST(WeightsOf("identity") == "1000 0 0 0");
}

BOOST_AUTO_TEST_CASE(rfc9110_8_4_1_codings_are_known_in_any_case) {
  BOOST_TEST(WeightsOf("GZip, BR;Q=0.5") == "1 1000 0 500");
}

BOOST_AUTO_TEST_CASE(rfc9110_8_4_1_3_x_gzip_is_gzip) {
  BOOST_TEST(WeightsOf("x-gzip") == "1 1000 0 0");
}

BOOST_AUTO_TEST_CASE(rfc9110_12_4_2_weights) {
  BOOST_TEST(WeightsOf("gzip;q=1") == "1 1000 0 0");
  BOOST_TEST(WeightsOf("gzip;q=1.000") == "1 1000 0 0");
  BOOST_TEST(WeightsOf("gzip;q=0.5") == "1 500 0 0");
  BOOST_TEST(WeightsOf("gzip;q=0.05") == "1 50 0 0");
  BOOST_TEST(WeightsOf("gzip;q=0.001") == "1 1 0 0");
  BOOST_TEST(WeightsOf("gzip;q=0.") == "1 0 0 0");
  BOOST_TEST(WeightsOf("gzip \t; \tq=0.3") == "1 300 0 0");
}

BOOST_AUTO_TEST_CASE(rfc9110_12_4_2_weight_0_is_not_acceptable) {
  BOOST_TEST(WeightsOf("gzip;q=0, br") == "1 0 0 1000");
  BOOST_TEST(WeightsOf("identity;q=0, gzip") == "0 1000 0 0");
  BOOST_TEST(WeightsOf("gzip;q=0.000") == "1 0 0 0");
}

BOOST_AUTO_TEST_CASE(rfc9110_12_5_3_the_asterisk_stands_for_what_is_not_named) {
  BOOST_TEST(WeightsOf("*") == "1000 1000 1000 1000");
  BOOST_TEST(WeightsOf("gzip;q=0.2, *;q=0.7") == "700 200 700 700");
  BOOST_TEST(WeightsOf("*;q=0, gzip") == "0 1000 0 0");
  BOOST_TEST(WeightsOf("*;q=0, identity") == "1000 0 0 0");
}

BOOST_AUTO_TEST_CASE(malformed_elements_do_not_count) {
  for (const char* value : {"gzip;q=2", "gzip;q=1.001", "gzip;q=-1", "gzip;q=0.0001", "gzip;q=.5",
                            "gzip;q=", "gzip;q", "gzip;", "gzip;x=1", "gzip;q=a", "gzip;q=0,5x",
                            "gzip;q = 1", "gzip;q=0x1", "gzip br", "\"gzip\""}) {
    BOOST_TEST_CONTEXT(value) { BOOST_TEST(WeightsOf(value) == "1 0 0 0"); }
  }
  BOOST_TEST(WeightsOf("gzip;q=x, br") == "1 0 0 1000");
}

BOOST_AUTO_TEST_CASE(rfc9110_5_3_repeated_fields_are_one_list) {
  BOOST_TEST(Weights({{"Accept-Encoding", "gzip"}, {"Accept-Encoding", "br;q=0.5"}}) ==
             "1 1000 0 500");
}

BOOST_AUTO_TEST_CASE(names_in_content_encoding) {
  BOOST_TEST(NameOf(Coding::gzip) == "gzip");
  BOOST_TEST(NameOf(Coding::zstd) == "zstd");
  BOOST_TEST(NameOf(Coding::br) == "br");
  BOOST_TEST(NameOf(Coding::identity) == "identity");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http

#include "http/credentials.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/http/requests.hpp"

namespace tined::http {
namespace {

/// "name|password"; "none".
std::string Said(std::string_view authorization) {
  const auto said = ParseBasic(authorization);
  return said ? said->name + "|" + said->password : "none";
}

BOOST_AUTO_TEST_SUITE(CredentialsTest)

BOOST_AUTO_TEST_CASE(names_and_passwords_are_decoded) {
  BOOST_TEST(Said("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==") == "Aladdin|open sesame");
  BOOST_TEST(Said("bAsIc   QWxhZGRpbjpvcGVuIHNlc2FtZQ") == "Aladdin|open sesame");
  BOOST_TEST(Said("Basic dGVzdDoxMjPCow==") == "test|123\xc2\xa3");
  BOOST_TEST(Said("Basic YTpiOmM=") == "a|b:c");
  BOOST_TEST(Said("Basic Og==") == "|");
  BOOST_TEST(Said("Basic YTo=") == "a|");
  BOOST_TEST(Said("Basic Pz8/Ojo+Pg==") == "???|:>>");
}

BOOST_AUTO_TEST_CASE(what_is_something_else_is_nothing) {
  for (const std::string_view other :
       {"", "Basic", "Basic ", "BasicYTpi", "Bearer YTpi", "Basic\tYTpi",
        "Basic YWI=", "Basic YTpi=", "Basic YTpiY", "Basic YT=p",
        "Basic YTpiYw=", "Basic YTpi YTpi", "Basic Y===", "Basic ====", "Basic YTpi-_",
        "Basic YTpiCg==", "Basic YTpiAA==", "Basic YTpi,"}) {
    BOOST_TEST(Said(other) == "none", other);
  }
}

BOOST_AUTO_TEST_CASE(what_is_too_long_is_nothing) {
  BOOST_TEST(Said("Basic " + std::string(4000, 'A')) == "none");
  // 512 bytes behind the colon, of which crypt(3) would take none.
  std::string long_password = "Basic YTph";
  for (int i = 0; i < 170; ++i) long_password += "YWFh";
  BOOST_TEST(Said(long_password).size() == 2 + 511U);
  BOOST_TEST(Said(long_password + "YQ==") == "none");
}

BOOST_AUTO_TEST_CASE(of_two_fields_none_counts) {
  Made one("GET", {{"Authorization", "Basic YTpi"}});
  Made two("GET", {{"Authorization", "Basic YTpi"}, {"authorization", "Basic YTpi"}});
  Made none("GET", {});
  BOOST_TEST(CredentialsOf(*one)->name == "a");
  BOOST_TEST(!CredentialsOf(*two).has_value());
  BOOST_TEST(!CredentialsOf(*none).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http

#include "config/address_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace tined::config;

namespace {

std::string Location(const std::string& text) { return LocationFault(ParseAddressText(text)); }
std::string Rewrite(const std::string& text) { return RewriteFault(ParseAddressText(text)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(AddressTextSuite)

BOOST_AUTO_TEST_CASE(parts_are_a_dollar_sign_and_a_name_or_a_digit) {
  const AddressText address = ParseAddressText("https://$host/a$1b$rest?$query");
  BOOST_REQUIRE(address.pieces.size() == 4U);
  BOOST_TEST(address.pieces[0].text == "https://");
  BOOST_TEST((address.pieces[0].part == AddressPart::host));
  BOOST_TEST(address.pieces[1].text == "/a");
  BOOST_TEST(address.pieces[1].group == 1);
  BOOST_TEST(address.pieces[2].text == "b");
  BOOST_TEST(address.pieces[3].text == "?");
  BOOST_TEST(address.groups == 1);
  BOOST_TEST(HasParts(address));
  BOOST_TEST(!HasParts(ParseAddressText("/a/b")));
}

BOOST_AUTO_TEST_CASE(what_there_is_none_of) {
  const std::string there = "; there are $host, $path, $query, $rest, $scheme, and $1 to $9";
  BOOST_TEST(ParseAddressText("/$uri").fault == "there is no `$uri`" + there);
  BOOST_TEST(ParseAddressText("/$0").fault == "there is no `$0`" + there);
  BOOST_TEST(ParseAddressText("/$").fault == "there is no `$`" + there);
}

BOOST_AUTO_TEST_CASE(where_clients_are_led_to) {
  for (const char* good : {"https://$host$path?$query", "https://www.$host:8443/x", "/new$rest",
                           "$path/", "$rest", "$scheme://$host/", "https://a.example$rest",
                           "https://a.example$rest?x", "/$1", "https://a.example/$1"}) {
    BOOST_TEST(Location(good) == "", good);
  }
  for (const char* bad : {"$1", "$host/a", "a$path", "$query"}) {
    BOOST_TEST(Location(bad) == "it begins with /, $path, $rest, http://, https:// or $scheme://",
               bad);
  }
  BOOST_TEST(Location("$scheme$path") == "`://` follows $scheme");
  BOOST_TEST(Location("//a$path") == "that names another host; write its scheme as well");
}

BOOST_AUTO_TEST_CASE(no_request_says_to_which_host) {
  BOOST_TEST(Location("https://a.example$1") ==
             "`$1` could become part of the host; put a / in front of it");
  BOOST_TEST(Location("https://a.example$rest$1") ==
             "`$rest` could become part of the host; put a / in front of it");
  BOOST_TEST(Location("https://$host$query") ==
             "`$query` could become part of the host; put a / in front of it");
  for (const char* bad : {"https://$path", "https:///a$path", "$scheme://$rest"}) {
    BOOST_TEST(Location(bad) == "the host is missing", bad);
  }
}

BOOST_AUTO_TEST_CASE(what_handlers_are_shown) {
  for (const char* good : {"/index.php", "/v2$rest", "$path", "$rest", "/$host$path", "/a?id=$1",
                           "/a?$query", "$path?x"}) {
    BOOST_TEST(Rewrite(good) == "", good);
  }
  BOOST_TEST(Rewrite("$host/a") == "it begins with /, $path or $rest");
  BOOST_TEST(Rewrite("/$scheme") == "a path has no $scheme");
  BOOST_TEST(Rewrite("/a$query") ==
             "the query goes along by itself; `?` begins another one, in which $query may stand");
}

BOOST_AUTO_TEST_SUITE_END()

#include "supervisor/listening/fd_store.hpp"

#include <boost/test/unit_test.hpp>

using namespace tined::supervisor;

BOOST_AUTO_TEST_SUITE(fd_store_names)

BOOST_AUTO_TEST_CASE(hold_no_colon_and_give_the_key_back) {
  for (const std::string key : {"127.0.0.1:8080", "[::1]:80", "127.0.0.1:0 web", "unix:/run/a b%c",
                                "unix:/run/\xc3\xa4", "unix:/%41"}) {
    const std::string name = StoreNameOf(key);
    BOOST_TEST(name.find(':') == std::string::npos, name);
    BOOST_TEST(name.find(' ') == std::string::npos, name);
    BOOST_TEST(KeyOfStoreName(name) == key);
  }
}

BOOST_AUTO_TEST_CASE(have_a_limit) {
  BOOST_TEST(StoreNameOf(std::string(242, 'x')).size() == 255U);
  BOOST_TEST(StoreNameOf(std::string(243, 'x')) == "");
}

BOOST_AUTO_TEST_CASE(of_others_are_no_keys) {
  for (const std::string name : {"", "web", "tined-take", "tined-listen", "tined-listen-a%",
                                 "tined-listen-a%3", "tined-listen-a%zz"}) {
    BOOST_TEST(KeyOfStoreName(name) == "", name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

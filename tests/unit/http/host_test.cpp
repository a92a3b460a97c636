#include "http/host.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

namespace tined::http {
namespace {

BOOST_AUTO_TEST_SUITE(HostTest)

BOOST_AUTO_TEST_CASE(rfc9110_7_2_names_and_addresses_with_and_without_port) {
  for (const char* host : {"a",
                           "a.example",
                           "a.example.",
                           "A-1.Example",
                           "127.0.0.1",
                           "a:",
                           "a:0",
                           "a:80",
                           "a:65535",
                           "a:000000080",
                           "[::1]",
                           "[::1]:80",
                           "[2001:db8::1]:",
                           "[::ffff:1.2.3.4]",
                           "[v1.a:b]",
                           "[vF.~]",
                           "a_b",
                           "a%20b",
                           "%61",
                           "a!$&'()*+,;=b",
                           "999.999.999.999"}) {
    BOOST_TEST_CONTEXT(host) { BOOST_TEST(IsValidHost(host)); }
  }
}

BOOST_AUTO_TEST_CASE(rfc9112_3_2_an_empty_host_is_valid) { BOOST_TEST(IsValidHost("")); }

BOOST_AUTO_TEST_CASE(rfc9112_3_2_malformed_values) {
  for (const char* host : {" a",
                           "a b",
                           "a\tb",
                           "a/b",
                           "a?b",
                           "a#b",
                           "a\\b",
                           "u@a",
                           "u:p@a",
                           "http://a",
                           "a:x",
                           "a:8x",
                           "a:-1",
                           "a:+1",
                           "a: 80",
                           "a:65536",
                           "a:99999999999999999999",
                           "a:80:80",
                           ":80",
                           ":",
                           "::1",
                           "[",
                           "[]",
                           "]",
                           "[::1",
                           "::1]",
                           "[::1]x",
                           "[::1]80",
                           "[a]",
                           "[1.2.3.4]",
                           "[::1%eth0]",
                           "[:::]",
                           "[v.a]",
                           "[v1.]",
                           "[v1]",
                           "[vg.a]",
                           "[v1.a/b]",
                           "a[::1]",
                           "%",
                           "%4",
                           "a%zz",
                           "a%4",
                           "a\"b",
                           "<a>",
                           "a|b",
                           "a^b",
                           "a\x7f",
                           "\xc3\xa4",
                           "a\x01"}) {
    BOOST_TEST_CONTEXT(host) { BOOST_TEST(!IsValidHost(host)); }
  }
  BOOST_TEST(!IsValidHost(std::string_view("a\0b", 3)));
  BOOST_TEST(!IsValidHost("[" + std::string(100, ':') + "]"));
}

BOOST_AUTO_TEST_CASE(the_port_can_be_cut_off) {
  BOOST_TEST(HostWithoutPort("a:80") == "a");
  BOOST_TEST(HostWithoutPort("a:") == "a");
  BOOST_TEST(HostWithoutPort("a") == "a");
  BOOST_TEST(HostWithoutPort("[::1]:80") == "[::1]");
  BOOST_TEST(HostWithoutPort("[::1]") == "[::1]");
  BOOST_TEST(HostWithoutPort("") == "");
  BOOST_TEST(HostWithoutPort("[::1") == "[::1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http

#include <boost/test/unit_test.hpp>

#include "config/rules.hpp"

using namespace tined::config;

namespace {

const Origin kOrigin = {"tined.yaml", "/etc/tined"};

Address Read(const std::string& text) {
  const Reading<Address> reading = AddressRule{}.Read(text, kOrigin);
  BOOST_REQUIRE_MESSAGE(reading.value.has_value(), (text + " was refused: " + reading.hint));
  return *reading.value;
}

/// The hint for an address that has to be refused.
std::string Hint(const std::string& text) {
  const Reading<Address> reading = AddressRule{}.Read(text, kOrigin);
  BOOST_TEST(!reading.value.has_value(), text);
  return reading.hint;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(AddressSuite)

BOOST_AUTO_TEST_CASE(an_ip_address_and_a_port) {
  const Address address = Read("0.0.0.0:8080");
  BOOST_TEST((address.kind == Address::Kind::tcp));
  BOOST_TEST(address.text == "0.0.0.0:8080");
  BOOST_TEST(address.host == "0.0.0.0");
  BOOST_TEST(address.port == 8080);
}

BOOST_AUTO_TEST_CASE(an_ipv6_address_stands_in_brackets) {
  const Address address = Read("[::1]:80");
  BOOST_TEST(address.host == "::1");
  BOOST_TEST(address.port == 80);
  BOOST_TEST(address.text == "[::1]:80");
}

BOOST_AUTO_TEST_CASE(one_address_has_one_text) {
  BOOST_TEST(Read("[2001:DB8:0:0::1]:080").text == "[2001:db8::1]:80");
  BOOST_TEST(Read("localhost:80").text == "127.0.0.1:80");
  BOOST_TEST(Read("unix:./run//x").text == "unix:/etc/tined/run//x");
}

BOOST_AUTO_TEST_CASE(port_zero_is_the_kernels_choice) {
  BOOST_TEST(Read("127.0.0.1:0").port == 0);
  BOOST_TEST(Read("127.0.0.1:65535").port == 65535);
}

BOOST_AUTO_TEST_CASE(a_unix_sockets_path_starts_from_the_file) {
  BOOST_TEST((Read("unix:/run/x").kind == Address::Kind::unix_path));
  BOOST_TEST(Read("unix:/run/x").name == "/run/x");
  BOOST_TEST(Read("unix:web.sock").name == "/etc/tined/web.sock");
}

BOOST_AUTO_TEST_CASE(a_unix_sockets_path_fits_into_its_address) {
  BOOST_TEST(Read("unix:/" + std::string(106, 'x')).name.size() == 107);
  BOOST_TEST(Hint("unix:/" + std::string(107, 'x')) ==
             "the path has 108 bytes, a socket's has at most 107");
  BOOST_TEST(Hint("unix:" + std::string(97, 'x')) ==
             "the path has 108 bytes, a socket's has at most 107");
}

BOOST_AUTO_TEST_CASE(unix_sockets_without_a_proper_path_are_refused) {
  BOOST_TEST(Hint("unix:") == "it is empty");
  BOOST_TEST(Hint("unix:@name") == "abstract sockets are not supported");
  BOOST_TEST(Hint("unix:~/x") == "`~` is not expanded, `${HOME}` is");
}

BOOST_AUTO_TEST_CASE(a_socket_of_systemds_has_a_name) {
  BOOST_TEST((Read("systemd:web").kind == Address::Kind::systemd));
  BOOST_TEST(Read("systemd:web").name == "web");
  BOOST_TEST(Hint("systemd:") == "the name is that of FileDescriptorName= in the .socket unit");
  BOOST_TEST(!Hint("systemd:a:b").empty());
}

BOOST_AUTO_TEST_CASE(a_missing_host_gets_the_choice) {
  const std::string choice = "did you mean `0.0.0.0:8080`, or `[::]:8080` for IPv6?";
  BOOST_TEST(Hint(":8080") == choice);
  BOOST_TEST(Hint("*:8080") == choice);
  BOOST_TEST(Hint("8080") == "did you mean `127.0.0.1:8080`?");
}

BOOST_AUTO_TEST_CASE(a_missing_port_is_asked_for) {
  BOOST_TEST(Hint("0.0.0.0") == "the port is missing: `0.0.0.0:8080`");
  BOOST_TEST(Hint("localhost") == "the port is missing: `localhost:8080`");
}

BOOST_AUTO_TEST_CASE(ipv6_without_brackets_is_ambiguous) {
  BOOST_TEST(Hint("::1") == "an IPv6 address goes in brackets: `[::1]:8080`");
  BOOST_TEST(Hint("::1:8080") == "an IPv6 address goes in brackets: `[::1:8080]:8080`");
  BOOST_TEST(Hint("2001:db8:0:0:0:0:0:1:80") == "did you mean `[2001:db8:0:0:0:0:0:1]:80`?");
}

BOOST_AUTO_TEST_CASE(names_are_not_looked_up) {
  const std::string why = "names are not looked up, the host must be an IP address";
  BOOST_TEST(Hint("www.example.org:80") == why);
  BOOST_TEST(Hint("LOCALHOST:80") == why);
  BOOST_TEST(Hint("127.1:80") == why);
  BOOST_TEST(Hint("127.0.0.256:80") == why);
}

BOOST_AUTO_TEST_CASE(what_else_people_write_gets_a_hint) {
  BOOST_TEST(Hint("/run/web.sock") == "did you mean `unix:/run/web.sock`?");
  BOOST_TEST(Hint("http://127.0.0.1:80") == "an address has no `http://` in front");
  BOOST_TEST(Hint("127.0.0.1:http") == "a port is a number from 0 to 65535");
  BOOST_TEST(Hint("127.0.0.1:65536") == "a port is a number from 0 to 65535");
  BOOST_TEST(Hint("127.0.0.1:-1") == "a port is a number from 0 to 65535");
  BOOST_TEST(Hint("") == "");
  BOOST_TEST(Hint(std::string("127.0.0.1\0:80", 13)) ==
             "names are not looked up, the host must be an IP address");
}

BOOST_AUTO_TEST_SUITE_END()

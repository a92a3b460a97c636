// What the loader says of what is asked of requests: access.
#include <boost/test/unit_test.hpp>

#include "files.hpp"

using namespace tined::config;
using test::Files;
using test::Refusal;

namespace {

std::string With(const std::string& keys) {
  return "listeners: [{name: a, address: '127.0.0.1:0', " + keys + "}]\n";
}

/// What is wrong with a listener's keys, without the place.
std::string AdmissionFault(const std::string& keys) {
  const std::string text = Refusal(With(keys + ", routes: [{respond: {}}]"));
  const std::size_t place_end = text.find(": ");
  return place_end == std::string::npos ? text : text.substr(place_end + 2);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(AdmissionSuite)

BOOST_AUTO_TEST_CASE(access_arrives_at_listeners_and_routes) {
  const Config config = Files().Load(
      With("access: {allow: [10.0.0.0/8, unix], deny: all}, routes: [{path: /, respond: {}}, "
           "{path: /a, access: {deny: [\"2001:db8::/32\"]}, respond: {}}]"));
  const Listener& listener = config.listeners.at(0);
  BOOST_TEST(listener.admission.access->allow.size() == 2U);
  BOOST_TEST((listener.admission.access->deny.at(0).kind == Network::Kind::any));
  BOOST_TEST(!listener.routes.at(0).admission.access.has_value());
  BOOST_TEST((listener.routes.at(1).admission.access->deny.at(0).kind == Network::Kind::v6));
}

BOOST_AUTO_TEST_CASE(access_that_says_nothing_is_refused) {
  BOOST_TEST(AdmissionFault("access: {}") == "`access` says nothing: give `allow`, `deny` or both");
  BOOST_TEST(AdmissionFault("access: {allow: []}") ==
             "`access` says nothing: give `allow`, `deny` or both");
  BOOST_TEST(AdmissionFault("access: {allow: [10.0.0.0/8], deny: [192.0.2.1, 10.1.0.0/16]}") ==
             "`10.1.0.0/16` denies nobody: `allow` comes first, and has `10.0.0.0/8`");
  BOOST_TEST(AdmissionFault("access: {allow: all, deny: unix}") ==
             "`unix` denies nobody: `allow` comes first, and has `all`");
  BOOST_TEST(AdmissionFault("access: {allow: [10.1.0.0/16], deny: [10.0.0.0/8]}") == "");
  BOOST_TEST(AdmissionFault("access: {allow: [10.0.0.0/8], deny: [11.0.0.0/8, ::/0]}") == "");
  BOOST_TEST(AdmissionFault("access: {deny: [everybody]}") ==
             "`deny` must be a network such as 10.0.0.0/8 or 2001:db8::/32, an address, all or "
             "unix, not `everybody` (names are not looked up)");
}

BOOST_AUTO_TEST_CASE(a_stream_has_no_requests_to_ask_anything_of) {
  BOOST_TEST(Refusal(With("access: {deny: all}, stream: {module: {file: x.so}}")) ==
             "1:55: `access` is for `routes`, a `stream` has no requests");
}

BOOST_AUTO_TEST_SUITE_END()

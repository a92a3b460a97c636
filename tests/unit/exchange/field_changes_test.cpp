#include "exchange/field_changes.hpp"

#include <arpa/inet.h>

#include <boost/test/unit_test.hpp>

namespace tined::exchange {
namespace {

config::Setting Text(const std::string& key, const std::string& text) {
  config::Setting setting;
  setting.kind = config::Setting::Kind::string;
  setting.key = key;
  setting.text = text;
  return setting;
}

config::Setting List(const std::string& key, std::vector<config::Setting> items) {
  config::Setting setting;
  setting.kind = config::Setting::Kind::list;
  setting.key = key;
  setting.items = std::move(items);
  return setting;
}

config::Setting Map(std::vector<config::Setting> items) {
  config::Setting setting = List("", std::move(items));
  setting.kind = config::Setting::Kind::map;
  return setting;
}

/// The fields of an answer that has `fields`, changed.
std::string Changed(const FieldChanges& changes, const std::string& fields,
                    const http::Request& request = {}) {
  answer::Answer answer;
  answer.status = 200;
  answer.fields.Prepare(fields);
  changes.Apply(request, answer);
  return std::string(answer.fields.prepared()).append(answer.fields.added());
}

BOOST_AUTO_TEST_SUITE(FieldChangesTest)

BOOST_AUTO_TEST_CASE(set_takes_the_place_of_all_add_stands_beside_them) {
  config::Headers headers;
  headers.set = Map({Text("A", "new")});
  headers.add = Map({Text("B", "2"), List("C", {Text("", "3"), Text("", "4")})});
  headers.remove = {"D"};
  const FieldChanges changes(&headers, nullptr);
  BOOST_TEST(Changed(changes, "a: 1\r\nB: 1\r\nA: 2\r\nd: 1\r\n") ==
             "B: 1\r\nA: new\r\nB: 2\r\nC: 3\r\nC: 4\r\n");
}

BOOST_AUTO_TEST_CASE(what_a_route_says_of_a_name_takes_the_place_of_what_its_listener_says) {
  config::Headers general;
  general.set = Map({Text("A", "general"), Text("B", "general"), Text("C", "general")});
  general.remove = {"D"};
  config::Headers own;
  own.set = Map({Text("a", "own"), Text("d", "own")});
  own.remove = {"b"};
  const FieldChanges changes(&general, &own);
  BOOST_TEST(Changed(changes, "B: 1\r\nD: 1\r\n") == "C: general\r\na: own\r\nd: own\r\n");
}

BOOST_AUTO_TEST_CASE(without_anything_to_do_it_is_empty) {
  BOOST_TEST(FieldChanges(nullptr, nullptr).is_empty());
  config::Headers headers;
  headers.remove = {"A"};
  BOOST_TEST(!FieldChanges(nullptr, &headers).is_empty());
}

BOOST_AUTO_TEST_CASE(facts_of_the_request_go_into_values) {
  config::Headers headers;
  headers.set = Map({Text("X", "$client $method $scheme://$host$path?$query $status")});
  const FieldChanges changes(&headers, nullptr);
  ledger::Peer peer;
  peer.family = AF_INET;
  peer.address[0] = 127;
  peer.address[3] = 1;
  http::Request request;
  request.peer = &peer;
  request.method_text = "GET";
  request.host = "A.Example:8080";
  request.raw_path = "/x%0D";
  request.query = "q\r\n\x80";
  BOOST_TEST(Changed(changes, "", request) ==
             "X: 127.0.0.1 GET http://a.example/x%0D?q??? 200\r\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::exchange

#include "http2/answer_block.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

namespace tined::http2 {
namespace {

std::string Shown(const AnswerBlock& block) {
  std::string text;
  for (const Field& field : block.fields()) {
    text.append(field.name).append("=").append(field.value) += '\n';
  }
  return text;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(AnswerBlockTest, AnswerBlock)

BOOST_AUTO_TEST_CASE(the_status_comes_first) {
  Begin(204);
  Add("server", "tined");
  AddNumber("content-length", 1234567890123);
  BOOST_TEST(Shown(*this) == ":status=204\nserver=tined\ncontent-length=1234567890123\n");
}

BOOST_AUTO_TEST_CASE(rfc9113_8_2_names_become_lower_case) {
  Begin(200);
  AddLines("Content-Type: text/html\r\nETag:\"x\"\r\nX-Empty:\r\nX-Blank:  \r\n");
  BOOST_TEST(Shown(*this) ==
             ":status=200\ncontent-type=text/html\netag=\"x\"\nx-empty=\nx-blank=\n");
}

BOOST_AUTO_TEST_CASE(rfc9113_8_2_2_nothing_speaks_of_the_connection) {
  Begin(200);
  AddLines("Connection: close\r\nKeep-Alive: 5\r\nUpgrade: x\r\nTransfer-Encoding: y\r\nA: b\r\n");
  BOOST_TEST(Shown(*this) == ":status=200\na=b\n");
}

BOOST_AUTO_TEST_CASE(what_a_client_would_refuse_is_left_out) {
  Begin(200);
  AddLines("no field\r\na b: c\r\n: d\r\ne: f\x01\r\ng: h");
  BOOST_TEST(Shown(*this) == ":status=200\ng=h\n");
}

BOOST_AUTO_TEST_CASE(another_answer_begins_with_nothing) {
  Begin(200);
  AddLines("A: b\r\n");
  Begin(404);
  BOOST_TEST(Shown(*this) == ":status=404\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::http2

#include "answer/fields.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::answer {
namespace {

std::string TextOf(const Fields& fields) {
  return std::string(fields.prepared()).append(fields.added());
}

BOOST_AUTO_TEST_SUITE(FieldsTest)

BOOST_AUTO_TEST_CASE(fields_are_found_in_whatever_case_they_are_written) {
  Fields fields;
  fields.Prepare("ETag: \"a\"\r\nX-One:  1 \r\n");
  fields.Add("x-two", "2");
  BOOST_TEST(fields.Find("etag").value() == "\"a\"");
  BOOST_TEST(fields.Find("X-ONE").value() == "1");
  BOOST_TEST(fields.Find("X-Two").value() == "2");
  BOOST_TEST(!fields.Find("X").has_value());
  BOOST_TEST(!fields.Find("X-Twoo").has_value());
  BOOST_TEST(!Fields().Find("X").has_value());
}

BOOST_AUTO_TEST_CASE(all_of_a_name_go_and_nothing_else) {
  Fields fields;
  fields.Append("A: 1\r\nAB: 2\r\na: 3\r\nB: a: 4\r\n");
  fields.Remove("A");
  BOOST_TEST(TextOf(fields) == "AB: 2\r\nB: a: 4\r\n");
  fields.Remove("nope");
  BOOST_TEST(TextOf(fields) == "AB: 2\r\nB: a: 4\r\n");
}

BOOST_AUTO_TEST_CASE(prepared_lines_are_copied_when_one_of_them_goes) {
  const std::string prepared = "ETag: x\r\nVary: y\r\n";
  Fields fields;
  fields.Prepare(prepared);
  fields.Add("Vary", "z");
  fields.Remove("Other");
  BOOST_TEST(fields.prepared().data() == prepared.data());
  fields.Remove("vary");
  BOOST_TEST(fields.prepared().empty());
  BOOST_TEST(fields.added() == "ETag: x\r\n");
}

BOOST_AUTO_TEST_CASE(lines_take_the_place_of_all_that_have_their_names) {
  const std::string prepared = "ETag: x\r\nSet-Cookie: y\r\n";
  Fields fields;
  fields.Prepare(prepared);
  fields.Add("set-cookie", "z");
  fields.Replace("");
  BOOST_TEST(fields.prepared().data() == prepared.data());
  fields.Replace("Set-Cookie: 1\r\nA: 2\r\nSet-Cookie: 3\r\n");
  BOOST_TEST(TextOf(fields) == "ETag: x\r\nSet-Cookie: 1\r\nA: 2\r\nSet-Cookie: 3\r\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::answer

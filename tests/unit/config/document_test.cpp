#include "config/document.hpp"

#include <boost/test/unit_test.hpp>

#include "files.hpp"

using namespace tined::config;
using tined::config::test::Files;

namespace {

/// What is wrong with `text`, "1:2: what" one a line.
std::string Faults(const std::string& text) {
  std::vector<Problem> problems;
  (void)ParseDocument(text, "f", problems);
  std::string lines;
  for (const Problem& problem : problems) {
    lines.append(lines.empty() ? "" : "\n").append(Format(problem).substr(2));
  }
  return lines;
}

Node Parse(const std::string& text) {
  std::vector<Problem> problems;
  Node root = ParseDocument(text, "f", problems);
  BOOST_REQUIRE(problems.empty());
  return root;
}

std::string Place(const Node& node) {
  return std::to_string(node.where.line) + ":" + std::to_string(node.where.column);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(DocumentSuite)

BOOST_AUTO_TEST_CASE(a_tree_knows_where_everything_stands) {
  const Node root = Parse("a: 1\nb:\n  - x\n  - {k: \"v\"}\n");
  BOOST_TEST(Place(*root.Find("a")) == "1:4");
  const Node& list = *root.Find("b");
  BOOST_TEST((list.kind == Node::Kind::list));
  BOOST_TEST(list.key_where.line == 2);
  BOOST_TEST(Place(list.children.at(0)) == "3:5");
  BOOST_TEST(list.children.at(0).text == "x");
  BOOST_TEST(Place(*list.children.at(1).Find("k")) == "4:9");
}

BOOST_AUTO_TEST_CASE(nothing_is_null) {
  BOOST_TEST((Parse("").kind == Node::Kind::null));
  BOOST_TEST((Parse("# only a comment\n").kind == Node::Kind::null));
  BOOST_TEST((Parse("a:\n").Find("a")->kind == Node::Kind::null));
  BOOST_TEST((Parse("a: ''\n").Find("a")->kind == Node::Kind::scalar));
}

BOOST_AUTO_TEST_CASE(a_missing_key_is_not_found) {
  BOOST_TEST(Parse("a: 1").Find("b") == nullptr);
  BOOST_TEST(Parse("[a, b]").Find("") == nullptr);
}

BOOST_AUTO_TEST_CASE(an_alias_is_a_copy_that_stands_where_it_is_used) {
  const Node root = Parse("a: &x {b: [1, 2]}\nc: *x\n");
  const Node& copy = *root.Find("c");
  BOOST_TEST(Place(copy) == "2:4");
  BOOST_TEST(copy.Find("b")->children.size() == 2);
}

BOOST_AUTO_TEST_CASE(syntax_errors_have_their_place) {
  BOOST_TEST(Faults("a: b: c\n") == "1:5: syntax error: illegal map value");
  BOOST_TEST(Faults("a: 1\n\tb: 2\n") ==
             "2:1: syntax error: illegal tab when looking for indentation");
  BOOST_TEST(Faults("a:\n  b: 1\n c: 2\n") == "3:2: syntax error: end of map not found");
  BOOST_TEST(Faults("a: *nope\n") == "1:4: syntax error: the referenced anchor is not defined");
  BOOST_TEST(Faults("a: 1\n}\n") == "2:1: syntax error: illegal flow end");
}

BOOST_AUTO_TEST_CASE(a_forgotten_quote_is_found) {
  BOOST_TEST(Faults("a: 1\nb: \"x\nc: 2\n") == "2:4: syntax error: this quote is never closed");
  BOOST_TEST(Faults("a: 'it''s\n") == "1:4: syntax error: this quote is never closed");
  BOOST_TEST(Faults("a: \"x\\\"\n") == "1:4: syntax error: this quote is never closed");
  BOOST_TEST(Faults("a: 'it''s'\nb: \"\\\"\"\nc: \"two\n  lines\"\n") == "");
}

BOOST_AUTO_TEST_CASE(a_key_may_be_given_once) {
  BOOST_TEST(Faults("a: 1\nb: {c: 1, c: 2}\na: 3\n") ==
             "2:11: `c` is given twice; the first one is at line 2\n"
             "3:1: `a` is given twice; the first one is at line 1");
}

BOOST_AUTO_TEST_CASE(a_file_has_one_document) {
  BOOST_TEST(Faults("---\na: 1\n") == "");
  BOOST_TEST(Faults("a: 1\n---\nb: 2\n") ==
             "2:1: a second YAML document; a file has one (remove the `---`)");
}

BOOST_AUTO_TEST_CASE(what_a_configuration_does_not_need_is_refused) {
  BOOST_TEST(Faults("a: &x {b: 1}\nc:\n  <<: *x\n") ==
             "3:3: merge keys (`<<`) are not supported; write the keys out, or use an alias for a "
             "whole value");
  BOOST_TEST(Faults("a: !!str 1\n") == "1:4: tags such as `!name` are not used here; remove it");
  BOOST_TEST(Faults("a: !x {}\n") == "1:4: tags such as `!name` are not used here; remove it");
  BOOST_TEST(Faults("? [a]\n: 1\n") == "1:3: a key must be a word");
  BOOST_TEST(Faults("a: &x [*x]\n") == "1:8: this alias stands inside of what it stands for");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_text_is_refused) {
  BOOST_TEST(Faults("a: \xff\n") == " not UTF-8 text");
  BOOST_TEST(Faults(std::string("\xff\xfe"
                                "a\0:\0",
                                6)) == " not UTF-8 text");
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_does_no_harm) {
  BOOST_TEST(Parse("\xef\xbb\xbf"
                   "a: 1\n")
                 .Find("a")
                 ->text == "1");
}

BOOST_AUTO_TEST_CASE(a_file_has_a_largest_size) {
  BOOST_TEST(Faults("#" + std::string(kLargestFile, 'x')) == " larger than 1048576 bytes");
  BOOST_TEST(Faults("#" + std::string(kLargestFile - 1, 'x')) == "");
}

BOOST_AUTO_TEST_CASE(nesting_has_an_end) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  BOOST_TEST(Faults(nested(32)) == "");
  BOOST_TEST(Faults(nested(33)) == "1:33: nested more than 32 levels deep");
  BOOST_TEST(Faults(nested(400'000)) != "");
}

BOOST_AUTO_TEST_CASE(aliases_cannot_grow_without_bound) {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'k'; ++c) {
    const std::string last = "*" + std::string(1, static_cast<char>(c - 1));
    bomb.append({c}).append(": &").append({c}).append(" [");
    for (int i = 0; i < 10; ++i) bomb.append(i == 0 ? "" : ", ").append(last);
    bomb.append("]\n");
  }
  BOOST_TEST(Faults(bomb) == "6:8: too many values (aliases count each time)");
}

BOOST_AUTO_TEST_CASE(aliases_of_a_long_text_cannot_either) {
  std::string bomb = "a: &a " + std::string(900'000, 'x') + "\nb: [*a";
  for (int i = 0; i < 30'000; ++i) bomb.append(",*a");
  BOOST_TEST(Faults(bomb + "]\n") == "2:44: too many values (aliases count each time)");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_a_problem) {
  const Files files;
  std::vector<Problem> problems;
  (void)ReadDocument(files.Path("nope.yaml"), problems);
  (void)ReadDocument(files.directory(), problems);
  BOOST_REQUIRE(problems.size() == 2);
  BOOST_TEST(files.Short(Format(problems[0])) ==
             "nope.yaml: cannot be read: No such file or directory (ENOENT)");
  BOOST_TEST(Format(problems[1]) ==
             files.directory() + ": is a directory; a configuration is a regular file");
}

BOOST_AUTO_TEST_SUITE_END()

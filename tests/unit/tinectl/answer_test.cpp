// What answers at the control socket may be another version of tined, or no tined at all: tinectl
// says so, whatever it is.
#include "tinectl/answer.hpp"

#include <boost/test/unit_test.hpp>

#include "tinectl/show.hpp"

using namespace tined::tinectl;
using nlohmann::json;

namespace {

std::string Refusal(const std::string& line) {
  try {
    (void)ReadAnswer(line);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

std::string Shown(std::string_view command, const std::string& line) {
  try {
    return Show(command, ReadAnswer(line));
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(AnswerTest)

BOOST_AUTO_TEST_CASE(an_answer_is_an_object_that_says_whether_it_is_ok) {
  BOOST_TEST(IsOk(ReadAnswer(R"({"ok":true})")));
  BOOST_TEST(!IsOk(ReadAnswer(R"({"ok":false,"errors":["no"]})")));
  for (const std::string line :
       {"", "{", "[]", "7", "{}", R"({"ok":1})", R"({"OK":true})", "HTTP/1.1 400 Bad Request",
        R"({"ok":true} x)", "{\"ok\":true,\"a\":\"\xff\"}"}) {
    BOOST_TEST_CONTEXT(line) { BOOST_TEST(Contains(Refusal(line), "is it a tined")); }
  }
}

BOOST_AUTO_TEST_CASE(what_is_nested_without_end_is_no_answer) {
  const auto nested = [](std::size_t levels) {
    return R"({"ok":true,"a":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
  };
  BOOST_TEST(Refusal(nested(20)) == "");
  BOOST_TEST(Contains(Refusal(nested(40)), "is it a tined"));
  BOOST_TEST(Contains(Refusal(nested(1'000'000)), "is it a tined"));
}

BOOST_AUTO_TEST_CASE(a_number_is_whole) {
  BOOST_TEST(Refusal(R"({"ok":true,"a":[-1,0,18446744073709551615]})") == "");
  for (const std::string number : {"1e49", "-1.5", "18446744073709551616", "5.0"}) {
    BOOST_TEST(Contains(Refusal(R"({"ok":true,"a":[)" + number + "]}"), "is it a tined"));
  }
}

BOOST_AUTO_TEST_CASE(a_refusal_has_a_reason_even_if_none_is_given) {
  const std::vector<std::string> given = {"a", "b"};
  BOOST_TEST(ErrorsOf(ReadAnswer(R"({"ok":false,"errors":["a",7,"b"]})")) == given);
  for (const std::string line :
       {R"({"ok":false})", R"({"ok":false,"errors":[]})", R"({"ok":false,"errors":"a"})"}) {
    BOOST_TEST(ErrorsOf(ReadAnswer(line)).size() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(what_another_version_leaves_out_is_told) {
  BOOST_TEST(Shown("scale", R"({"ok":true,"workers":3})") == "3 workers\n");
  BOOST_TEST(Shown("check", R"({"ok":true})") == "the configuration is good\n");
  for (const std::string_view command :
       {"status", "workers", "scale", "drain", "trace", "reload", "upgrade"}) {
    for (const std::string line :
         {R"({"ok":true})", R"({"ok":true,"workers":"x","worker":{},"generation":[]})",
          R"({"ok":true,"workers":[7],"pid":null})"}) {
      BOOST_TEST_CONTEXT(command << " " << line) {
        BOOST_TEST(Contains(Shown(command, line), "is it another version? --json shows it"));
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

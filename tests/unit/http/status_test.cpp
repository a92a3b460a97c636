#include "http/status.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::http {
namespace {

BOOST_AUTO_TEST_SUITE(StatusTest)

BOOST_AUTO_TEST_CASE(rfc9110_15_phrases) {
  const std::pair<int, const char*> phrases[] = {
      {100, "Continue"},
      {200, "OK"},
      {204, "No Content"},
      {206, "Partial Content"},
      {301, "Moved Permanently"},
      {304, "Not Modified"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {405, "Method Not Allowed"},
      {408, "Request Timeout"},
      {411, "Length Required"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {416, "Range Not Satisfiable"},
      {417, "Expectation Failed"},
      {421, "Misdirected Request"},
      {422, "Unprocessable Content"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {505, "HTTP Version Not Supported"},
  };
  for (const auto& [status, phrase] : phrases) BOOST_TEST(ReasonPhrase(status) == phrase);
}

BOOST_AUTO_TEST_CASE(a_code_without_a_name_is_unknown) {
  for (const int status : {299, 418, 555, 999, 99, 0, -1, 1000}) {
    BOOST_TEST(ReasonPhrase(status) == "Unknown");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http

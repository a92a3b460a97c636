#include "http/method.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::http {
namespace {

BOOST_AUTO_TEST_SUITE(MethodTest)

BOOST_AUTO_TEST_CASE(rfc9110_9_3_the_methods) {
  const std::pair<const char*, Method> methods[] = {
      {"GET", Method::get},     {"HEAD", Method::head},   {"OPTIONS", Method::options},
      {"POST", Method::post},   {"PUT", Method::put},     {"DELETE", Method::del},
      {"PATCH", Method::patch}, {"TRACE", Method::trace}, {"CONNECT", Method::connect},
  };
  for (const auto& [text, method] : methods) BOOST_TEST((MethodOf(text) == method));
}

BOOST_AUTO_TEST_CASE(rfc9110_9_1_methods_are_case_sensitive) {
  for (const char* text : {"get", "Get", "GETS", "GE", "", "PROPFIND", "PRI"}) {
    BOOST_TEST((MethodOf(text) == Method::other));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http

#include "exchange/cross_origin.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

namespace tined::exchange {
namespace {

using http::Field;
using http::Name;

constexpr std::string_view kSite = "https://app.example.org";

config::Cors Sites(std::vector<std::string> origins) {
  config::Cors cors;
  cors.origins = std::move(origins);
  return cors;
}

http::Request Of(http::Method method, const std::vector<Field>& fields) {
  http::Request request;
  request.method = method;
  request.fields = fields;
  return request;
}

std::string Applied(const config::Cors& cors, const std::vector<Field>& fields,
                    const std::string& said = "") {
  answer::Answer answer;
  answer.status = 200;
  answer.fields.Append(said);
  CrossOrigin(cors).Apply(Of(http::Method::get, fields), answer);
  return std::string(answer.fields.added());
}

answer::Answer Preflight(const config::Cors& cors, const std::vector<Field>& fields) {
  answer::Answer answer;
  CrossOrigin(cors).AnswerPreflight(Of(http::Method::options, fields), answer);
  return answer;
}

BOOST_AUTO_TEST_SUITE(CrossOriginTest)

BOOST_AUTO_TEST_CASE(a_listed_site_is_named_and_caches_are_told_that_it_matters) {
  config::Cors cors = Sites({"https://other.example", std::string(kSite)});
  const std::vector<Field> asked = {{Name::origin, "Origin", kSite}};
  BOOST_TEST(Applied(cors, asked) ==
             "Vary: Origin\r\nAccess-Control-Allow-Origin: https://app.example.org\r\n");
  cors.credentials = true;
  cors.expose = {"ETag", "Link"};
  BOOST_TEST(Applied(cors, asked) ==
             "Vary: Origin\r\nAccess-Control-Allow-Origin: https://app.example.org\r\n"
             "Access-Control-Allow-Credentials: true\r\n"
             "Access-Control-Expose-Headers: ETag, Link\r\n");
}

BOOST_AUTO_TEST_CASE(all_others_are_not_let_in_whatever_they_look_like) {
  const config::Cors cors = Sites({std::string(kSite)});
  for (const std::string_view origin :
       {"https://app.example.org.evil.example", "http://app.example.org", "null", "*", "",
        "https://APP.example.org", "https://app.example.org:444"}) {
    BOOST_TEST(Applied(cors, {{Name::origin, "Origin", origin}}) == "Vary: Origin\r\n");
  }
  const Field twice = {Name::origin, "Origin", kSite};
  BOOST_TEST(Applied(cors, {twice, twice}) == "Vary: Origin\r\n");
  BOOST_TEST(Applied(cors, {}) == "Vary: Origin\r\n");
}

BOOST_AUTO_TEST_CASE(any_site_is_the_same_answer_for_all) {
  const config::Cors cors = Sites({"*"});
  BOOST_TEST(Applied(cors, {{Name::origin, "Origin", "https://x.example"}}) ==
             "Access-Control-Allow-Origin: *\r\n");
  BOOST_TEST(Applied(cors, {}).empty());
}

BOOST_AUTO_TEST_CASE(what_an_application_says_itself_is_replaced) {
  BOOST_TEST(Applied(Sites({std::string(kSite)}), {{Name::origin, "Origin", "https://x.example"}},
                     "Access-Control-Allow-Origin: *\r\nX: y\r\n") == "X: y\r\nVary: Origin\r\n");
}

BOOST_AUTO_TEST_CASE(a_preflight_is_told_from_other_requests) {
  const Field origin = {Name::origin, "Origin", kSite};
  const Field method = {Name::access_control_request_method, "Access-Control-Request-Method",
                        "PUT"};
  BOOST_TEST(IsPreflight(Of(http::Method::options, {origin, method})));
  BOOST_TEST(!IsPreflight(Of(http::Method::options, {origin})));
  BOOST_TEST(!IsPreflight(Of(http::Method::options, {method})));
  BOOST_TEST(!IsPreflight(Of(http::Method::get, {origin, method})));
}

BOOST_AUTO_TEST_CASE(a_preflight_hears_what_is_allowed) {
  config::Cors cors = Sites({std::string(kSite)});
  cors.methods = {"GET", "PUT"};
  const answer::Answer answer = Preflight(cors, {{Name::origin, "Origin", kSite}});
  BOOST_TEST(answer.status == 204);
  BOOST_TEST(answer.fields.added() ==
             "Vary: Origin\r\nAccess-Control-Allow-Origin: https://app.example.org\r\n"
             "Access-Control-Allow-Methods: GET, PUT\r\n"
             "Access-Control-Allow-Headers: Content-Type\r\nAccess-Control-Max-Age: 600\r\n");
}

BOOST_AUTO_TEST_CASE(any_field_means_those_that_are_asked_for) {
  config::Cors cors = Sites({"*"});
  cors.headers = {"*"};
  const Field wanted = {Name::access_control_request_headers, "Access-Control-Request-Headers",
                        "authorization,x-a"};
  const answer::Answer answer = Preflight(cors, {{Name::origin, "Origin", kSite}, wanted});
  BOOST_TEST(answer.fields.Find("Access-Control-Allow-Headers").value() == "authorization,x-a");
  BOOST_TEST(answer.fields.Find("Vary").value() == "Access-Control-Request-Headers");
}

BOOST_AUTO_TEST_CASE(another_sites_preflight_is_refused) {
  const answer::Answer answer =
      Preflight(Sites({std::string(kSite)}), {{Name::origin, "Origin", "https://x.example"}});
  BOOST_TEST(answer.status == 403);
  BOOST_TEST(!answer.fields.Find("Access-Control-Allow-Origin").has_value());
  BOOST_TEST(answer.fields.Find("Vary").value() == "Origin");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::exchange

#include "exchange/cache_rule.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::exchange {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

struct Asked {
  http::Method method = http::Method::get;
  int status = 200;
  std::string fields = "Content-Type: text/html; charset=utf-8\r\n";
};

/// What the rule adds to such an answer.
std::string Said(const config::Cache& cache, const Asked& asked = {}) {
  http::Request request;
  request.method = asked.method;
  answer::Answer answer;
  answer.status = asked.status;
  answer.fields.Prepare(asked.fields);
  // Sun, 06 Nov 1994 08:49:37 GMT
  CacheRule(cache).Apply(request, answer, WallTime(std::chrono::seconds(784111777)));
  return std::string(answer.fields.added());
}

config::Cache For(Duration age) {
  config::Cache cache;
  cache.max_age = age;
  return cache;
}

config::Cache WithType(config::Cache cache, const std::string& type, const std::string& age) {
  config::Setting item;
  item.kind = config::Setting::Kind::string;
  item.key = type;
  item.text = age;
  cache.types.kind = config::Setting::Kind::map;
  cache.types.items.push_back(item);
  return cache;
}

BOOST_AUTO_TEST_SUITE(CacheRuleTest)

BOOST_AUTO_TEST_CASE(an_age_is_said_in_both_ways) {
  BOOST_TEST(Said(For(minutes(10))) ==
             "Cache-Control: max-age=600\r\nExpires: Sun, 06 Nov 1994 08:59:37 GMT\r\n");
  config::Cache cache = For(hours(1));
  cache.scope = config::Cache::Scope::everybody;
  cache.immutable = true;
  BOOST_TEST(Said(cache).starts_with("Cache-Control: public, max-age=3600, immutable\r\nExpires:"));
}

BOOST_AUTO_TEST_CASE(nothing_is_kept_or_each_use_asks) {
  BOOST_TEST(Said(For(Duration(0))) == "Cache-Control: no-cache\r\n");
  config::Cache none;
  none.store = false;
  BOOST_TEST(Said(none) == "Cache-Control: no-store\r\n");
  config::Cache scope;
  scope.scope = config::Cache::Scope::client;
  BOOST_TEST(Said(scope) == "Cache-Control: private\r\n");
}

BOOST_AUTO_TEST_CASE(an_answer_that_says_it_itself_has_the_last_word) {
  const config::Cache cache = For(minutes(1));
  BOOST_TEST(Said(cache, {.fields = "cache-control: private\r\n"}).empty());
  BOOST_TEST(Said(cache, {.fields = "Expires: 0\r\n"}).empty());
}

BOOST_AUTO_TEST_CASE(errors_and_other_methods_are_nobodys_to_keep) {
  const config::Cache cache = For(minutes(1));
  for (const int status : {201, 400, 404, 405, 429, 500, 503}) {
    BOOST_TEST(Said(cache, {.status = status}).empty());
  }
  for (const int status : {200, 203, 204, 206, 301, 302, 303, 304, 307, 308}) {
    BOOST_TEST(!Said(cache, {.status = status}).empty());
  }
  BOOST_TEST(Said(cache, {.method = http::Method::post}).empty());
  BOOST_TEST(!Said(cache, {.method = http::Method::head}).empty());
}

BOOST_AUTO_TEST_CASE(the_nearest_type_counts) {
  config::Cache cache = WithType(For(minutes(1)), "text/*", "2m");
  cache = WithType(cache, "Text/HTML", "3m");
  cache = WithType(cache, "image/png", "0");
  const auto age = [&](const std::string& type) {
    const std::string said = Said(cache, {.fields = "Content-Type: " + type + "\r\n"});
    return said.substr(0, said.find("\r\n"));
  };
  BOOST_TEST(age("text/html; charset=utf-8") == "Cache-Control: max-age=180");
  BOOST_TEST(age("text/htmlx") == "Cache-Control: max-age=120");
  BOOST_TEST(age("text/css") == "Cache-Control: max-age=120");
  BOOST_TEST(age("image/png") == "Cache-Control: no-cache");
  BOOST_TEST(age("image/jpeg") == "Cache-Control: max-age=60");
  BOOST_TEST(age("texts/x") == "Cache-Control: max-age=60");
}

BOOST_AUTO_TEST_CASE(with_types_a_304_says_nothing_for_it_does_not_know_of_what_it_is) {
  BOOST_TEST(!Said(For(minutes(1)), {.status = 304, .fields = ""}).empty());
  BOOST_TEST(
      Said(WithType(For(minutes(1)), "text/css", "2m"), {.status = 304, .fields = ""}).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::exchange

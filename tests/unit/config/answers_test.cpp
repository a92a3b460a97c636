// What the loader says of what is to become of answers: headers, cache, cors.
#include <boost/test/unit_test.hpp>

#include "files.hpp"

using namespace tined::config;
using test::Files;
using test::Refusal;

namespace {

std::string Yaml(const std::string& keys) {
  return "listeners: [{name: a, address: '127.0.0.1:0', " + keys + ", routes: [{respond: {}}]}]\n";
}

/// What is wrong with a listener's keys, without the place.
std::string Fault(const std::string& keys) {
  const std::string text = Refusal(Yaml(keys));
  const std::size_t place_end = text.find(": ");
  return place_end == std::string::npos ? text : text.substr(place_end + 2);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(AnswersSuite)

BOOST_AUTO_TEST_CASE(all_of_it_arrives_at_listeners_and_routes) {
  const Config config = Files().Load(R"(
listeners:
  - name: a
    address: 127.0.0.1:0
    headers: {set: {X-A: 1, X-B: "$host"}, add: {Link: [one, two]}, remove: [X-C]}
    cache: {max_age: 1h, scope: public, immutable: true, types: {image/*: 24h, text/css: 0}}
    routes:
      - {path: /, respond: {}}
      - path: /api
        cors: {origins: "*", methods: [GET], headers: ["*"], expose: [ETag], max_age: 1h}
        cache: {store: false}
        respond: {}
)");
  const Listener& listener = config.listeners.at(0);
  BOOST_TEST(listener.answers.headers->set.items.at(0).text == "1");
  BOOST_TEST(listener.answers.headers->add.items.at(0).items.at(1).text == "two");
  BOOST_TEST(listener.answers.headers->remove.at(0) == "X-C");
  BOOST_TEST(listener.answers.cache->max_age->count() == 3'600'000);
  BOOST_TEST((listener.answers.cache->scope == Cache::Scope::everybody));
  BOOST_TEST(listener.answers.cache->types.items.at(0).key == "image/*");
  BOOST_TEST(!listener.answers.cors.has_value());
  BOOST_TEST(!listener.routes.at(0).answers.cache.has_value());
  const AnswerRules& api = listener.routes.at(1).answers;
  BOOST_TEST(!api.cache->store);
  BOOST_TEST(api.cors->origins.at(0) == "*");
  BOOST_TEST(api.cors->max_age.count() == 3'600'000);
}

BOOST_AUTO_TEST_CASE(fields_that_are_no_fields) {
  BOOST_TEST(Fault("headers: {set: {\"X A\": 1}}") ==
             "`X A` is no field that can be changed: letters, digits and any of !#$%&'*+-.^_`|~");
  for (const std::string name : {"Connection", "content-length", "Transfer-Encoding", "DATE"}) {
    BOOST_TEST(Fault("headers: {add: {" + name + ": 1}}") ==
               "`" + name + "` is no field that can be changed: tined writes that field itself");
  }
  BOOST_TEST(Fault("headers: {remove: [Server]}") ==
             "`remove` must be the name of a field such as X-Frame-Options, not `Server` (tined "
             "writes that field itself)");
  BOOST_TEST(Fault("headers: {set: [X]}") ==
             "`set` must be a map of fields such as {X-Name: value}");
}

BOOST_AUTO_TEST_CASE(values_that_could_split_a_header) {
  BOOST_TEST(Fault("headers: {set: {X: \"a\\r\\nSet-Cookie: b\"}}") ==
             "the value of `X`: printable ASCII alone is safe in a field's value");
  BOOST_TEST(Fault("headers: {set: {X: \" a\"}}") ==
             "the value of `X`: a field's value has no spaces at its ends");
  BOOST_TEST(Fault("headers: {set: {X: [a]}}") == "the value of `X` must be text");
  BOOST_TEST(Fault("headers: {add: {X: [a, [b]]}}") == "the value of `X` must be text");
  BOOST_TEST(Fault("headers: {add: {X: }}") == "the value of `X` must be text");
}

BOOST_AUTO_TEST_CASE(variables_that_are_none) {
  BOOST_TEST(Fault("headers: {set: {X: $hots}}") ==
             "the value of `X` has `$hots` in it, which is not known; there are $client, $host, "
             "$method, $path, $query, $request_id, $scheme, $status, $tls_version, and $$$$ for a "
             "dollar sign");
  BOOST_TEST(Fault("headers: {set: {X: 5$$$$hots}}").empty());
}

BOOST_AUTO_TEST_CASE(what_is_set_and_removed) {
  BOOST_TEST(Fault("headers: {set: {X-A: 1}, remove: [x-a]}") ==
             "`x-a` is set as well; `set` alone puts it in place of all fields of that name");
}

BOOST_AUTO_TEST_CASE(caches_that_hear_nothing_or_two_things) {
  BOOST_TEST(Fault("cache: {}") ==
             "`cache` says nothing: give `max_age`, `types` or `store: false`");
  BOOST_TEST(Fault("cache: {max_age: 1h, store: false}") ==
             "what nobody may keep has no `max_age`, `types` or `immutable`");
  BOOST_TEST(Fault("cache: {types: {image: 1h}}") ==
             "`image` is no media type such as text/css, nor all of a kind such as image/*");
  BOOST_TEST(Fault("cache: {types: {image/*: 1}}") ==
             "the value of `image/*` must be a duration (0, or 1s to 8760h) such as 10s (which "
             "unit? `1s` is seconds, `1ms` milliseconds)");
  BOOST_TEST(
      Fault("cache: {types: {image/*: [1h]}}").starts_with("the value of `image/*` must be"));
}

BOOST_AUTO_TEST_CASE(compression_in_words_that_it_has) {
  BOOST_TEST(Fault("compress: {}").empty());
  BOOST_TEST(Fault("compress: {codings: [], types: [text/*]}").empty());
  BOOST_TEST(Fault("compress: {codings: deflate}") ==
             "`codings` must be zstd, br or gzip, not `deflate`");
  BOOST_TEST(Fault("compress: {types: [text]}") ==
             "`types` must be a media type such as text/css, or all of a kind such as text/*, not "
             "`text`");
  BOOST_TEST(Fault("compress: {min_size: 2MiB}") ==
             "`min_size` (2MiB) must not be more than `max_size` (1MiB)");
}

BOOST_AUTO_TEST_CASE(pages_for_what_is_no_error) {
  const Files files;
  const Config config = files.Load(Yaml("errors: {pages: {404: a.html, 5xx: /b.html}}"));
  const Errors& errors = config.listeners.at(0).answers.errors.value();
  BOOST_TEST(errors.pages.items.at(0).text == files.Path("a.html"));
  BOOST_TEST(errors.pages.items.at(1).text == "/b.html");
  for (const std::string key : {"200", "4x", "600", "4xxx", "missing"}) {
    BOOST_TEST(Fault("errors: {pages: {" + key + ": a.html}}") ==
               "`" + key +
                   "` is no status of an error, 400 to 599, nor a class of them, 4xx or 5xx");
  }
  BOOST_TEST(Fault("errors: {pages: {404: [a]}}") ==
             "the value of `404` must be the path of a file");
}

BOOST_AUTO_TEST_CASE(sites_that_no_browser_names_so) {
  const auto origin = [](const std::string& text) {
    const std::string fault = Fault("cors: {origins: [\"" + text + "\"]}");
    const std::size_t hint = fault.rfind(" (");
    return hint == std::string::npos ? fault : fault.substr(hint + 1);
  };
  BOOST_TEST(origin("https://a.example:8443").empty());
  BOOST_TEST(origin("a.example") == "(with its scheme, https:// or http://)");
  BOOST_TEST(origin("https://a.example/") ==
             "(scheme, host and port alone, without a path; hosts have no wildcards)");
  BOOST_TEST(origin("https://*.a.example") ==
             "(scheme, host and port alone, without a path; hosts have no wildcards)");
  BOOST_TEST(origin("https://A.example") == "(did you mean `https://a.example`?)");
  BOOST_TEST(origin("https://a.example:443") ==
             "(browsers leave out a port that is the scheme's own)");
}

BOOST_AUTO_TEST_CASE(sites_that_are_missing_or_too_many) {
  BOOST_TEST(Fault("cors: {}") == "`cors` needs `origins`: the sites whose pages are let in");
  BOOST_TEST(Fault("cors: {origins: \"*\", credentials: true}") ==
             "`credentials: true` with any origin would let each page on the web act as its "
             "visitor; name the origins");
}

BOOST_AUTO_TEST_SUITE_END()

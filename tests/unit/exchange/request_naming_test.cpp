#include "exchange/request_naming.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "http/owned_request.hpp"

namespace tined::exchange {
namespace {

constexpr std::string_view kTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A request that has been given its name.
struct Named {
  Named(const std::vector<std::pair<std::string, std::string>>& lines, bool is_trusted,
        bool has_trace = false) {
    for (const auto& [name, value] : lines) {
      fields.push_back({boost::beast::http::string_to_field(name), name, value});
    }
    request.fields = fields;
    RequestNaming({.send = false, .trace = has_trace}).Name(request, is_trusted, names);
    // As one who answers later sees it.
    owned.emplace(request);
    id = owned->get().request_id;
  }
  /// The only field of that name; "none".
  std::string Only(std::string_view name) const {
    std::string value = "none";
    for (const http::Field& field : owned->get().fields) {
      if (field.name != name) continue;
      value = value == "none" ? std::string(field.value) : "several";
    }
    return value;
  }

  std::vector<http::Field> fields;
  http::Request request;
  Names names;
  std::optional<http::OwnedRequest> owned;
  std::string id;
};

bool IsMade(const std::string& id) {
  return id.size() == 32 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(RequestNamingTest)

BOOST_AUTO_TEST_CASE(ids_are_random_and_do_not_come_again) {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    const Named named({}, false);
    BOOST_REQUIRE(IsMade(named.id));
    ids.insert(named.id);
  }
  BOOST_TEST(ids.size() == 1000U);
}

BOOST_AUTO_TEST_CASE(one_that_is_trusted_gives_the_id) {
  BOOST_TEST(Named({{"X-Request-ID", "abc-1.2:3/4+5=6@7~8_9"}}, true).id ==
             "abc-1.2:3/4+5=6@7~8_9");
  BOOST_TEST(IsMade(Named({{"X-Request-ID", "abc"}}, false).id));
  BOOST_TEST(Named({{"x-request-id", std::string(128, 'a')}}, true).id == std::string(128, 'a'));
  for (const std::string& bad : {std::string(129, 'a'), std::string("a b"), std::string("a\"b"),
                                 std::string("a\xc3"), std::string(), std::string("a,b")}) {
    BOOST_TEST(IsMade(Named({{"X-Request-Id", bad}}, true).id), bad);
  }
  BOOST_TEST(IsMade(Named({{"X-Request-Id", "a"}, {"X-Request-Id", "b"}}, true).id));
}

BOOST_AUTO_TEST_CASE(else_its_trace_does) {
  const std::string trace(kTrace);
  BOOST_TEST(Named({{"Traceparent", trace}}, true).id == "0af7651916cd43dd8448eb211c80319c");
  BOOST_TEST(Named({{"Traceparent", trace}, {"X-Request-Id", "a"}}, true).id == "a");
  BOOST_TEST(Named({{"Traceparent", trace}}, false).id != "0af7651916cd43dd8448eb211c80319c");
  BOOST_TEST(IsMade(Named({{"Traceparent", trace + "1"}}, true).id));
}

BOOST_AUTO_TEST_CASE(a_request_that_has_a_name_keeps_it) {
  http::Request request;
  request.request_id = "mine";
  Names names;
  RequestNaming({}).Name(request, true, names);
  BOOST_TEST(request.request_id == "mine");
}

BOOST_AUTO_TEST_CASE(a_trace_is_passed_on_or_made_of_the_id) {
  const std::string trace(kTrace);
  const Named passed({{"traceparent", trace}, {"tracestate", "a=1"}}, false, true);
  BOOST_TEST(passed.Only("traceparent") == trace);
  BOOST_TEST(passed.Only("tracestate") == "a=1");
  const Named made({{"Host", "a"}}, false, true);
  const std::string parent = made.Only("traceparent");
  BOOST_TEST(IsTraceParent(parent), parent);
  BOOST_TEST(parent.starts_with("00-" + made.id + "-"));
  BOOST_TEST(parent.ends_with("-00"));
  BOOST_TEST(made.Only("Host") == "a");
  const Named other({{"X-Request-Id", "abc"}}, true, true);
  BOOST_TEST(IsTraceParent(other.Only("traceparent")));
  BOOST_TEST(Named({}, false, false).Only("traceparent") == "none");
}

BOOST_AUTO_TEST_CASE(what_is_no_trace_is_replaced_with_its_state) {
  const std::string trace(kTrace);
  for (const auto& lines : std::vector<std::vector<std::pair<std::string, std::string>>>{
           {{"traceparent", "x"}, {"tracestate", "a=1"}},
           {{"traceparent", trace}, {"traceparent", trace}, {"tracestate", "a=1"}}}) {
    const Named named(lines, false, true);
    BOOST_TEST(named.Only("traceparent").starts_with("00-" + named.id));
    BOOST_TEST(named.Only("tracestate") == "none");
  }
}

BOOST_AUTO_TEST_CASE(a_traceparent_is_told_from_what_is_none) {
  const std::string trace(kTrace);
  const auto with = [&](std::size_t at, const std::string& text) {
    return std::string(trace).replace(at, text.size(), text);
  };
  BOOST_TEST(IsTraceParent(trace));
  BOOST_TEST(IsTraceParent(with(0, "01")));
  BOOST_TEST(IsTraceParent(with(0, "01") + "-more"));
  for (const std::string& bad :
       {std::string(), with(0, "ff"), with(2, "_"), with(3, std::string(32, '0')), with(35, "x"),
        with(36, std::string(16, '0')), with(40, "G"), with(10, "A"), with(52, "x"),
        trace + "-more", trace + "1", with(0, "01") + "1", trace.substr(1), with(53, "0g")}) {
    BOOST_TEST(!IsTraceParent(bad), bad);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::exchange

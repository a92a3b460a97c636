#include "handlers/dispatch.hpp"

#include <functional>
#include <stdexcept>

#include "tests/unit/handlers/site.hpp"

using namespace tined;
using namespace tined::handlers::test;

namespace {

class Scripted final : public handlers::Handler {
 public:
  explicit Scripted(std::function<void(http::Reply&)> script) : script_(std::move(script)) {}
  void Answer(const http::Request&, http::Reply& reply) override { script_(reply); }
  [[nodiscard]] std::string_view AllowedMethods() const noexcept override {
    return "GET, HEAD, PUT";
  }

 private:
  std::function<void(http::Reply&)> script_;
};

Answer Send(const std::string& method, std::function<void(http::Reply&)> script) {
  Scripted handler(std::move(script));
  return Serve(handler, {.method = method}, WallClock::now());
}

Answer Unrouted(const Ask& ask, std::string_view allow) {
  return ServeBy([&](const http::Request& request,
                     http::Reply& reply) { handlers::AnswerUnrouted(request, allow, reply); },
                 ask, WallClock::now());
}

void SayFine(http::Reply& reply) {
  reply.Start(200);
  reply.Body("fine");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(DispatchTest)

BOOST_AUTO_TEST_CASE(known_methods_reach_the_handler) {
  BOOST_TEST(Send("GET", SayFine).body == "fine");
  BOOST_TEST(Send("HEAD", SayFine).status == 200);
}

BOOST_AUTO_TEST_CASE(options_lists_the_methods) {
  const Answer answer = Send("OPTIONS", SayFine);
  BOOST_TEST(answer.status == 204);
  BOOST_TEST(answer["Allow"] == "GET, HEAD, PUT");
  BOOST_TEST(!answer.Has("Content-Length"));
}

BOOST_AUTO_TEST_CASE(methods_the_handler_does_not_know_are_405_with_a_list) {
  const Answer answer = Send("POST", SayFine);
  BOOST_TEST(answer.status == 405);
  BOOST_TEST(answer["Allow"] == "GET, HEAD, PUT");
}

BOOST_AUTO_TEST_CASE(methods_that_nobody_knows_are_501) {
  for (const std::string method : {"TRACE", "CONNECT", "BREW", "get", "GE"}) {
    BOOST_TEST(Send(method, SayFine).status == 501, method);
  }
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_costs_a_500) {
  const Answer answer = Send("GET", [](http::Reply&) { throw std::runtime_error("broken"); });
  BOOST_TEST(answer.status == 500);
  BOOST_TEST(answer.body.find("broken") == std::string::npos);
  BOOST_TEST(Send("GET", [](http::Reply&) { throw 1; }).status == 500);
}

BOOST_AUTO_TEST_CASE(a_handler_that_says_nothing_costs_a_500) {
  BOOST_TEST(Send("GET", [](http::Reply&) {}).status == 500);
}

BOOST_AUTO_TEST_CASE(an_answer_begun_and_broken_off_stays_incomplete) {
  std::vector<char> memory(ledger::Arena::kSmallest);
  ledger::Arena arena(memory);
  ledger::Block block;
  std::atomic<std::uint32_t> place{0};
  ledger::Composer composer(arena, block, place, 0);
  http::Reply reply(composer, {}, "Mon, 23 Nov 2026 08:00:00 GMT");
  Scripted handler([](http::Reply& begun) {
    begun.Start(200);
    throw std::runtime_error("broken");
  });
  const Ask ask;
  handlers::Dispatch(handler, MadeRequest(ask, WallClock::now()).request, reply);
  BOOST_TEST(!reply.is_complete());
}

BOOST_AUTO_TEST_CASE(accepts_what_reaches_the_handler) {
  const Scripted handler(SayFine);
  const auto accepts = [&](const Ask& ask) {
    return handlers::Accepts(handler, MadeRequest(ask, WallClock::now()).request);
  };
  BOOST_TEST(accepts({.method = "GET"}));
  BOOST_TEST(!accepts({.method = "POST"}));
  BOOST_TEST(!accepts({.method = "OPTIONS"}));
  BOOST_TEST(!accepts({.method = "BREW"}));
}

BOOST_AUTO_TEST_CASE(what_no_route_matches_is_answered_here) {
  BOOST_TEST(Unrouted({}, "").status == 404);
  const Answer refused = Unrouted({.method = "POST"}, "GET, HEAD");
  BOOST_TEST(refused.status == 405);
  BOOST_TEST(refused["Allow"] == "GET, HEAD");
  const Answer options = Unrouted({.method = "OPTIONS"}, "GET, HEAD");
  BOOST_TEST(options.status == 204);
  BOOST_TEST(options["Allow"] == "GET, HEAD");
  BOOST_TEST(Unrouted({.method = "BREW"}, "").status == 501);
  const Answer server = Unrouted({.method = "OPTIONS", .target = "*"}, "");
  BOOST_TEST(server.status == 204);
  BOOST_TEST(server["Allow"] == handlers::kEveryMethod);
}

BOOST_AUTO_TEST_SUITE_END()

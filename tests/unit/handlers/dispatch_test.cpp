#include "handlers/dispatch.hpp"

#include <functional>
#include <stdexcept>

#include "tests/unit/handlers/site.hpp"

using namespace tined;
using namespace tined::handlers::test;

namespace {

class Scripted final : public handlers::Handler {
 public:
  explicit Scripted(std::function<void(answer::Answer&)> script) : script_(std::move(script)) {}
  void Answer(answer::Exchange& exchange) override { script_(exchange.answer); }
  [[nodiscard]] std::string_view AllowedMethods() const noexcept override {
    return "GET, HEAD, PUT";
  }

 private:
  std::function<void(answer::Answer&)> script_;
};

Answer Send(const std::string& method, std::function<void(answer::Answer&)> script) {
  Scripted handler(std::move(script));
  return Serve(handler, {.method = method}, WallClock::now());
}

Answer Unrouted(const Ask& ask, std::string_view allow) {
  return ServeBy([&](answer::Exchange& exchange) { handlers::AnswerUnrouted(allow, exchange); },
                 ask, WallClock::now());
}

void SayFine(answer::Answer& answer) {
  answer.status = 200;
  answer.body = answer::Bytes{"fine"};
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
  const Answer answer = Send("GET", [](answer::Answer&) { throw std::runtime_error("broken"); });
  BOOST_TEST(answer.status == 500);
  BOOST_TEST(answer.body.find("broken") == std::string::npos);
  BOOST_TEST(Send("GET", [](answer::Answer&) { throw 1; }).status == 500);
}

BOOST_AUTO_TEST_CASE(a_handler_that_says_nothing_costs_a_500) {
  BOOST_TEST(Send("GET", [](answer::Answer&) {}).status == 500);
}

BOOST_AUTO_TEST_CASE(nothing_is_left_of_an_answer_that_is_broken_off) {
  const Answer answer = Send("GET", [](answer::Answer& begun) {
    SayFine(begun);
    begun.fields.Add("X-Half", "made");
    throw std::runtime_error("broken");
  });
  BOOST_TEST(answer.status == 500);
  BOOST_TEST(!answer.Has("X-Half"));
  BOOST_TEST(answer.body == "500 Internal Server Error\n");
}

BOOST_AUTO_TEST_CASE(what_is_left_for_later_by_a_handler_that_throws_is_not_waited_for) {
  class Never final : public answer::Pending {
    void Compose(answer::Exchange&) override {}
  };
  class Thrower final : public handlers::Handler {
    void Answer(answer::Exchange& exchange) override {
      exchange.later = std::make_shared<Never>();
      throw std::runtime_error("broken");
    }
    [[nodiscard]] std::string_view AllowedMethods() const noexcept override { return "GET"; }
  } handler;
  const Ask ask;
  const MadeRequest made(ask, WallClock::now());
  answer::Exchange exchange(made.request);
  handlers::Dispatch(handler, exchange);
  BOOST_TEST(exchange.answer.status == 500);
  BOOST_TEST(exchange.later == nullptr);
}

BOOST_AUTO_TEST_CASE(a_handler_of_a_stream_that_throws_ends_it) {
  class Thrower final : public handlers::StreamHandler {
    void Answer(const stream::Message&, stream::Reply&) override {
      throw std::runtime_error("broken");
    }
  } handler;
  stream::Reply reply;
  reply.bytes = "half";
  handlers::Dispatch(handler, {.bytes = "x", .state = {}, .peer = nullptr, .received_at = {}},
                     reply);
  BOOST_TEST(reply.failure == 500);
  BOOST_TEST(reply.closes);
  BOOST_TEST(reply.bytes == "");
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

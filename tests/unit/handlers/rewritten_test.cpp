#include "handlers/rewritten.hpp"

#include "tests/unit/handlers/site.hpp"

using namespace tined;
using namespace tined::handlers::test;

namespace {

/// Tells what it was shown; later, if it is to.
class Teller final : public handlers::Handler {
 public:
  void Answer(answer::Exchange& exchange) override {
    if (!later) return Tell(exchange);
    later->told = true;
    exchange.later = later;
  }
  [[nodiscard]] std::string_view AllowedMethods() const noexcept override { return "GET, POST"; }

  static void Tell(answer::Exchange& exchange) {
    const http::Request& request = exchange.request;
    std::string text(request.path);
    text.append(" ").append(request.query);
    text.append(request.has_query ? " q " : " - ").append(request.target);
    exchange.answer.status = 200;
    exchange.answer.body = answer::Bytes{{}, std::move(text)};
  }

  class Later final : public answer::Pending {
   public:
    void Compose(answer::Exchange& exchange) override { Tell(exchange); }
    [[nodiscard]] bool OnClientLeft() noexcept override { return has_left = true; }
    void Cancel() noexcept override { is_cancelled = true; }
    using Pending::Done;
    bool told = false;
    bool has_left = false;
    bool is_cancelled = false;
  };
  std::shared_ptr<Later> later;
};

struct Shown {
  explicit Shown(const std::string& rewrite, const std::string& path = "/",
                 const std::string& regex = "") {
    route.path = path;
    route.rewrite = rewrite;
    if (!regex.empty()) route.match.emplace().regex = regex;
    auto made = std::make_unique<Teller>();
    teller = made.get();
    handler = std::make_unique<handlers::Rewritten>(route, std::move(made));
  }
  Answer Send(const Ask& ask) const { return Serve(*handler, ask, WallClock::now()); }
  std::string Of(const std::string& target, const std::string& path = {}) const {
    return Send({.target = target, .path = path}).body;
  }

  config::Route route;
  Teller* teller;
  std::unique_ptr<handlers::Rewritten> handler;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(RewrittenTest)

BOOST_AUTO_TEST_CASE(the_handler_sees_another_path_and_the_same_query) {
  BOOST_TEST(Shown("/v2$rest", "/api").Of("/api/a%20b?c=d") == "/v2/a b c=d q /v2/a%20b?c=d");
  BOOST_TEST(Shown("/v2$rest", "/api").Of("/api") == "/v2  - /v2");
  BOOST_TEST(Shown("$rest", "/api/").Of("/api/a") == "/a  - /a");
  BOOST_TEST(Shown("$rest", "/api").Of("/api") == "/  - /");
  BOOST_TEST(Shown("/index.php").Of("/x/y") == "/index.php  - /index.php");
}

BOOST_AUTO_TEST_CASE(it_may_have_a_query_of_its_own) {
  BOOST_TEST(Shown("/p?path=$path").Of("/a&b?c") == "/p path=%2Fa%26b q /p?path=%2Fa%26b");
  BOOST_TEST(Shown("/p?x=1&$query").Of("/a?c=%20") == "/p x=1&c=%20 q /p?x=1&c=%20");
  BOOST_TEST(Shown("/p?x=1&$query").Of("/a") == "/p x=1 q /p?x=1");
  BOOST_TEST(Shown("/p?").Of("/a?c") == "/p  - /p");
  BOOST_TEST(Shown("/p?id=$1&n=$2", "/", "^/u/([^/]*)/(.*)$").Of("/u/7/a b+c%3D", "/u/7/a b+c=") ==
             "/p id=7&n=a%20b%2Bc%3D q /p?id=7&n=a%20b%2Bc%3D");
}

BOOST_AUTO_TEST_CASE(an_encoded_slash_stays_one) {
  BOOST_TEST(Shown("/v2$rest", "/api").Of("/api/a%2Fb") == "/v2/a%2Fb  - /v2/a%2Fb");
  BOOST_TEST(Shown("/v2$rest", "/api").Of("/api/a%252Fb") == "/v2/a%2Fb  - /v2/a%252Fb");
}

BOOST_AUTO_TEST_CASE(what_a_request_has_in_it_leads_nowhere_else) {
  const Shown files("/files/$1", "/", "^/get/(.*)$");
  BOOST_TEST(files.Of("/get/a") == "/files/a  - /files/a");
  BOOST_TEST(files.Of("/get/a%0d%0ab", "/get/a\r\nb") == "/files/a\r\nb  - /files/a%0D%0Ab");
  const Shown climbing("/files/$1/x", "/", "^/get/x(.*)$");
  BOOST_TEST(climbing.Send({.target = "/get/x.."}).status == 400);
  BOOST_TEST(climbing.Send({.target = "/get/x../.."}).status == 400);
  BOOST_TEST(climbing.Of("/get/x//a", "/get/x//a") == "/files/a/x  - /files/a/x");
}

BOOST_AUTO_TEST_CASE(a_host_has_to_be_there) {
  const Shown hosts("/$host$path");
  BOOST_TEST(hosts.Send({.target = "/a"}).status == 400);
  const auto ask = [&](std::string_view host) {
    const Ask path{.target = "/a"};
    MadeRequest made(path, WallClock::now());
    made.request.host = host;
    answer::Exchange exchange(made.request);
    hosts.handler->Answer(exchange);
    return exchange.answer.status == 200
               ? std::string(std::get<answer::Bytes>(exchange.answer.body).own)
               : std::to_string(exchange.answer.status);
  };
  BOOST_TEST(ask("Www.Example.org:80") == "/www.example.org/a  - /www.example.org/a");
  BOOST_TEST(ask("..") == "400");
  BOOST_TEST(ask(".") == "400");
}

BOOST_AUTO_TEST_CASE(an_answer_that_comes_later_is_made_of_the_same_path) {
  const Shown shown("/v2$path");
  shown.teller->later = std::make_shared<Teller::Later>();
  const Ask ask{.target = "/a"};
  const MadeRequest made(ask, WallClock::now());
  answer::Exchange exchange(made.request);
  handlers::Dispatch(*shown.handler, exchange);
  BOOST_REQUIRE(exchange.later);
  BOOST_TEST(!exchange.later->is_done());
  bool is_told = false;
  exchange.later->OnDone([&] { is_told = true; });
  shown.teller->later->Done();
  BOOST_TEST(is_told);
  BOOST_TEST(exchange.later->is_done());
  answer::Exchange again(made.request);
  exchange.later->Compose(again);
  BOOST_TEST(again.answer.status == 200);
  BOOST_TEST(exchange.later->OnClientLeft());
  BOOST_TEST(shown.teller->later->has_left);
}

BOOST_AUTO_TEST_CASE(nobody_is_told_who_does_not_wait_any_more) {
  const Shown shown("/v2$path");
  const auto inner = std::make_shared<Teller::Later>();
  shown.teller->later = inner;
  const Ask ask{.target = "/a"};
  const MadeRequest made(ask, WallClock::now());
  {
    answer::Exchange exchange(made.request);
    handlers::Dispatch(*shown.handler, exchange);
    exchange.later->Cancel();
  }
  BOOST_TEST(inner->is_cancelled);
  inner->Done();
}

BOOST_AUTO_TEST_CASE(methods_are_the_handlers) {
  const Shown shown("/x");
  BOOST_TEST(shown.Send({.method = "PUT"}).status == 501);
  BOOST_TEST(shown.Send({.method = "OPTIONS"})["Allow"] == "GET, POST");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(RewrittenFiles, Site)

BOOST_AUTO_TEST_CASE(the_whole_rewritten_path_is_below_the_root) {
  route = "/old";
  configured.rewrite = "/new$rest";
  Write("new/a.txt", "a");
  Write("new/d/index.html", "d");
  BOOST_TEST(Get("/old/a.txt").body == "a");
  BOOST_TEST(Get("/old/d/").body == "d");
  BOOST_TEST(Get("/old/x").status == 404);
}

BOOST_AUTO_TEST_CASE(a_directory_is_led_to_its_slash_at_the_path_that_was_asked_for) {
  route = "/old";
  configured.rewrite = "/new$rest";
  Write("new/d/index.html", "d");
  BOOST_TEST(Get("/old/d?a")["Location"] == "/old/d/?a");
}

BOOST_AUTO_TEST_CASE(one_that_is_named_without_its_slash_is_not_led_there_for_ever) {
  configured.rewrite = "/d";
  Write("d/index.html", "d");
  BOOST_TEST(Get("/a/").status == 404);
}

BOOST_AUTO_TEST_SUITE_END()

#include "exchange/error_pages.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

namespace tined::exchange {
namespace {

struct Fixture {
  Fixture() {
    std::array<char, 32> pattern{"/tmp/tined-pages-XXXXXX"};
    BOOST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    directory = pattern.data();
  }
  ~Fixture() { std::filesystem::remove_all(directory); }

  /// `pages`: "404" and the like, with a file's name and contents.
  config::Errors With(const std::vector<std::array<std::string, 3>>& pages) const {
    config::Errors errors;
    errors.pages.kind = config::Setting::Kind::map;
    for (const auto& [key, name, contents] : pages) {
      config::Setting page;
      page.kind = config::Setting::Kind::string;
      page.key = key;
      page.text = directory + "/" + name;
      std::ofstream(page.text) << contents;
      errors.pages.items.push_back(page);
    }
    return errors;
  }
  /// What becomes of an error that says no more than its status.
  static answer::Answer Applied(const ErrorPages& pages, int status) {
    http::Request request;
    request.host = "a\"b<c";
    answer::Answer answer;
    answer::AnswerStatus(answer, status, "Retry-After: 1\r\n");
    pages.Apply(request, answer);
    return answer;
  }
  static std::string BodyOf(const answer::Answer& answer) {
    return std::string(std::get<answer::Bytes>(answer.body).text());
  }

  std::string directory;
};

BOOST_FIXTURE_TEST_SUITE(ErrorPagesTest, Fixture)

BOOST_AUTO_TEST_CASE(the_nearest_page_is_shown_and_status_and_fields_stay) {
  const config::Errors general = With({{"404", "g404.txt", "none"}, {"5xx", "g5.txt", "sorry"}});
  const config::Errors own = With({{"404", "o404.txt", "gone"}, {"4xx", "o4.txt", "wrong"}});
  const ErrorPages pages(&general, &own);
  BOOST_TEST(BodyOf(Applied(pages, 404)) == "gone");
  BOOST_TEST(BodyOf(Applied(pages, 413)) == "wrong");
  const answer::Answer answer = Applied(pages, 503);
  BOOST_TEST(BodyOf(answer) == "sorry");
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(answer.fields.added() ==
             "Retry-After: 1\r\nContent-Type: text/plain; charset=utf-8\r\n");
}

BOOST_AUTO_TEST_CASE(a_page_of_markup_knows_facts_and_keeps_its_own_dollar_signs) {
  const config::Errors errors =
      With({{"404", "p.html", "<p>$status $host</p>$(\"x\").y(); $hosts $$ $"},
            {"403", "p.txt", "$status"}});
  const ErrorPages pages(&errors, nullptr);
  BOOST_TEST(BodyOf(Applied(pages, 404)) == "<p>404 a&quot;b&lt;c</p>$(\"x\").y(); $hosts $$ $");
  BOOST_TEST(BodyOf(Applied(pages, 403)) == "$status");
}

BOOST_AUTO_TEST_CASE(what_a_handler_says_itself_passes_unless_it_is_intercepted) {
  config::Errors errors = With({{"4xx", "p.txt", "page"}});
  for (const bool intercepts : {false, true}) {
    errors.intercept = intercepts;
    answer::Answer answer;
    answer.status = 404;
    answer.body = answer::Bytes{{}, "own"};
    answer.fields.Append("Content-Type: a/b\r\nETag: x\r\n");
    ErrorPages(&errors, nullptr).Apply({}, answer);
    BOOST_TEST(BodyOf(answer) == (intercepts ? "page" : "own"));
    BOOST_TEST(answer.fields.Find("ETag").has_value() == !intercepts);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_error_is_left_alone) {
  const config::Errors errors = With({{"4xx", "p.txt", "page"}});
  BOOST_TEST(BodyOf(Applied(ErrorPages(&errors, nullptr), 503)).starts_with("503"));
  BOOST_TEST(BodyOf(Applied(ErrorPages(nullptr, nullptr), 404)).starts_with("404"));
}

BOOST_AUTO_TEST_CASE(pages_that_cannot_be_read_are_named) {
  config::Errors errors =
      With({{"404", "p.txt", std::string(config::kLargestPage.count + 1, 'x')}});
  BOOST_CHECK_THROW(ErrorPages(&errors, nullptr), std::runtime_error);
  errors.pages.items[0].text = directory;
  BOOST_CHECK_THROW(ErrorPages(&errors, nullptr), std::runtime_error);
  errors.pages.items[0].text = directory + "/fifo";
  BOOST_REQUIRE(::mkfifo(errors.pages.items[0].text.c_str(), 0600) == 0);
  BOOST_CHECK_THROW(ErrorPages(&errors, nullptr), std::runtime_error);
  errors.pages.items[0].text = directory + "/none";
  BOOST_CHECK_THROW(ErrorPages(&errors, nullptr), std::system_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::exchange

// Files that change while they are served: when that is noticed, and what their tags and dates say.
#include <thread>

#include "handlers/root.hpp"
#include "http/date.hpp"
#include "tests/unit/handlers/site.hpp"

using namespace tined;
using namespace tined::handlers::test;

namespace {

std::string DateOf(WallTime time) {
  const http::DateText text = http::FormatDate(std::chrono::floor<std::chrono::seconds>(time));
  return {text.data(), text.size()};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(Files, Site)

BOOST_AUTO_TEST_CASE(a_changed_file_is_noticed_within_a_second) {
  Write("a.txt", "one");
  const std::string tag = Get("/a.txt")["ETag"];
  Write("a.txt", "two");
  BOOST_TEST(Get("/a.txt").body == "one");
  now += seconds(1);
  const Answer changed = Get("/a.txt");
  BOOST_TEST(changed.body == "two");
  BOOST_TEST(changed["ETag"] != tag);
}

BOOST_AUTO_TEST_CASE(a_replaced_file_is_noticed_though_its_date_is_the_same) {
  Write("a.txt", "one");
  Write("b.txt", "two");
  SetModified("a.txt", 1'600'000'000);
  SetModified("b.txt", 1'600'000'000);
  BOOST_TEST(Get("/a.txt").body == "one");
  std::filesystem::rename(At("b.txt"), At("a.txt"));
  now += seconds(1);
  BOOST_TEST(Get("/a.txt").body == "two");
}

BOOST_AUTO_TEST_CASE(an_unchanged_file_is_not_read_again) {
  Write("large", std::string(20000, 'x'));
  Get("/large");
  const auto* before = cache.Find({0, "/large"})->representations.front().file.get();
  now += seconds(5);
  Get("/large");
  BOOST_TEST(cache.Find({0, "/large"})->representations.front().file.get() == before);
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_set_back_does_not_keep_a_file_fresh) {
  Write("a.txt", "one");
  Get("/a.txt");
  Write("a.txt", "two");
  now -= seconds(5);
  BOOST_TEST(Get("/a.txt").body == "two");
}

BOOST_AUTO_TEST_CASE(a_removed_file_is_gone_within_a_second) {
  Write("a.txt", "x");
  Get("/a.txt");
  Remove("a.txt");
  BOOST_TEST(Get("/a.txt").status == 200);
  now += seconds(1);
  BOOST_TEST(Get("/a.txt").status == 404);
  BOOST_TEST(cache.entries() == 0U);
}

BOOST_AUTO_TEST_CASE(an_index_that_appears_or_leaves_is_noticed) {
  settings.index = {"index.html", "index.txt"};
  Write("index.txt", "second");
  BOOST_TEST(Get("/").body == "second");
  Write("index.html", "first");
  now += seconds(1);
  BOOST_TEST(Get("/").body == "first");
  Remove("index.html");
  Remove("index.txt");
  now += seconds(1);
  BOOST_TEST(Get("/").status == 403);
  BOOST_TEST(cache.entries() == 0U);
}

BOOST_AUTO_TEST_CASE(a_file_that_becomes_a_directory_is_noticed) {
  Write("a", "x");
  Get("/a");
  Remove("a");
  Write("a/index.html", "y");
  now += seconds(1);
  BOOST_TEST(Get("/a").status == 301);
}

BOOST_AUTO_TEST_CASE(a_date_to_come_is_replaced_by_the_present) {
  Write("a.txt", "x");
  const auto present = std::chrono::duration_cast<seconds>(now.time_since_epoch()).count();
  SetModified("a.txt", present + 3600);
  const std::string first = Get("/a.txt")["Last-Modified"];
  now += seconds(2);
  BOOST_TEST(Get("/a.txt")["Last-Modified"] != first);
  SetModified("a.txt", present + 2);
  now += seconds(5);
  Get("/a.txt");
  const std::string settled = Get("/a.txt")["Last-Modified"];
  now += seconds(2);
  BOOST_TEST(Get("/a.txt")["Last-Modified"] == settled);
}

BOOST_AUTO_TEST_CASE(rfc9110_8_8_1_other_content_has_another_tag_whatever_its_date_and_size) {
  for (const std::size_t size : {100U, 20000U}) {
    const auto put = [&](char content) {
      Write("new", std::string(size, content));
      SetModified("new", 315532800);  // 1980, as some builds date everything
      std::filesystem::rename(At("new"), At("a.bin"));
      now += seconds(2);
    };
    put('a');
    const std::string tag = Get("/a.bin")["ETag"];
    BOOST_TEST(tag.starts_with("\""));
    BOOST_TEST(Get("/a.bin", {{http::Name::if_none_match, tag}}).status == 304);
    put('b');
    BOOST_TEST(Get("/a.bin", {{http::Name::if_none_match, tag}}).status == 200);
    BOOST_TEST(Get("/a.bin", {{http::Name::if_match, tag}}).status == 412);
    const RequestField range{http::Name::range, "bytes=0-1,5-6"};
    BOOST_TEST(Get("/a.bin", {range, {http::Name::if_range, tag}}).status == 200);
    BOOST_TEST(Get("/a.bin", {range, {http::Name::if_range, Get("/a.bin")["ETag"]}}).status == 206);
  }
}

BOOST_AUTO_TEST_CASE(a_small_file_keeps_its_tag_when_only_its_date_changes) {
  Write("a.txt", "hello");
  const std::string tag = Get("/a.txt")["ETag"];
  Write("a.txt", "hello");
  now += seconds(2);
  BOOST_TEST(Get("/a.txt")["ETag"] == tag);
}

BOOST_AUTO_TEST_CASE(a_larger_file_that_has_changed_is_never_announced_as_it_was) {
  Write("large", std::string(40000, 'a'));
  BOOST_TEST(Get("/large")["Content-Length"] == "40000");
  Write("large", std::string(30000, 'b'));
  const Answer shorter = Get("/large");
  BOOST_TEST(shorter["Content-Length"] == "30000");
  BOOST_TEST((shorter.body == std::string(30000, 'b')));
  BOOST_TEST(Get("/large", {{http::Name::range, "bytes=35000-"}}).status == 416);
  Write("large", std::string(17000, 'c'));
  BOOST_TEST(Get("/large", {{http::Name::range, "bytes=16999-"}})["Content-Range"] ==
             "bytes 16999-16999/17000");
  Write("large", "small");
  BOOST_TEST(Get("/large").body == "small");
}

BOOST_AUTO_TEST_CASE(dates_beyond_what_nanoseconds_can_say_are_said_or_left_alone) {
  Write("late", "x");
  SetModified("late", 15032385535);
  const Answer late = Get("/late");
  BOOST_TEST(late["Last-Modified"] == DateOf(now));  // RFC 9110, 8.8.2.1: never after Date
  Write("early", "x");
  SetModified("early", -9300000000);
  if (Get("/early")["Last-Modified"] != "Sun, 17 Apr 1675 18:40:00 GMT") {
    BOOST_TEST_MESSAGE("the file system has no such dates");
  }
  BOOST_TEST(
      Get("/early", {{http::Name::if_modified_since, "Sun, 06 Nov 1994 08:49:37 GMT"}}).status ==
      304);
}

BOOST_AUTO_TEST_CASE(a_root_that_is_swapped_is_followed) {
  Write("releases/6/a.txt", "six");
  Write("releases/7/a.txt", "seven");
  Link("current", "releases/6");
  settings.root = At("current");
  BOOST_TEST(Get("/a.txt").body == "six");
  Link("next", "releases/7");
  std::filesystem::rename(At("next"), At("current"));
  Remove("releases/6");
  now += seconds(1);
  std::this_thread::sleep_for(handlers::Root::kLookAgain);
  BOOST_TEST(Get("/a.txt").body == "seven");
  Remove("current");
  now += seconds(1);
  std::this_thread::sleep_for(handlers::Root::kLookAgain);
  const Answer gone = Get("/a.txt");
  BOOST_TEST(gone.status == 503);
  BOOST_TEST(gone["Retry-After"] == "1");
  Write("current/a.txt", "eight");
  BOOST_TEST(Get("/a.txt").body == "eight");
}

BOOST_AUTO_TEST_SUITE_END()

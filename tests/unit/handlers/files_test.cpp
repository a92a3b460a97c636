#include <sys/fsuid.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <system_error>
#include <thread>

#include "backends/threads.hpp"
#include "handlers/root.hpp"
#include "http/date.hpp"
#include "tests/file_ways.hpp"
#include "tests/unit/handlers/site.hpp"

using namespace tined;
using namespace tined::handlers::test;

namespace {

/// No further descriptor can be opened while this lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &saved_);
    const rlimit none{0, saved_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &saved_); }

 private:
  rlimit saved_{};
};

/// Files are opened as an ordinary user while this lives, even when the tests run as root.
class OrdinaryUser {
 public:
  OrdinaryUser() : saved_(static_cast<uid_t>(::setfsuid(65534))) {}
  OrdinaryUser(const OrdinaryUser&) = delete;
  OrdinaryUser& operator=(const OrdinaryUser&) = delete;
  ~OrdinaryUser() { ::setfsuid(saved_); }

 private:
  uid_t saved_;
};

std::string DateOf(WallTime time) {
  const http::DateText text = http::FormatDate(std::chrono::floor<std::chrono::seconds>(time));
  return {text.data(), text.size()};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(Files, Site)

BOOST_AUTO_TEST_CASE(a_file_is_sent_with_its_type_and_validators) {
  Write("a.html", "<p>hello");
  SetModified("a.html", 1'700'000'000);
  const Answer answer = Get("/a.html");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body == "<p>hello");
  BOOST_TEST(answer["Content-Type"] == "text/html; charset=utf-8");
  BOOST_TEST(answer["Content-Length"] == "8");
  BOOST_TEST(answer["Last-Modified"] == "Tue, 14 Nov 2023 22:13:20 GMT");
  BOOST_TEST(answer["ETag"] == "\"8-efa758c93b638edd\"");  // of the content: on every machine
  BOOST_TEST(answer["Accept-Ranges"] == "bytes");
  BOOST_TEST(!answer.Has("Vary"));
  BOOST_TEST(!answer.Has("Content-Encoding"));
}

BOOST_AUTO_TEST_CASE(the_same_answer_comes_from_disk_and_from_the_cache) {
  Write("a.txt", "hello");
  const Answer first = Get("/a.txt");
  BOOST_TEST(cache.entries() == 1U);
  const Answer second = Get("/a.txt");
  BOOST_TEST(first.header == second.header);
  BOOST_TEST(first.body == second.body);
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_sent_empty) {
  Write("empty", "");
  const Answer answer = Get("/empty");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer["Content-Length"] == "0");
}

BOOST_AUTO_TEST_CASE(small_files_are_sent_from_memory_and_larger_ones_from_their_descriptor) {
  const std::string small(16384, 's');
  const std::string large(16385, 'l');
  Write("small", small);
  Write("large", large);
  const Answer from_memory = Get("/small");
  BOOST_TEST(!from_memory.is_from_file);
  BOOST_TEST((from_memory.body == small));
  const Answer from_file = Get("/large");
  BOOST_TEST(from_file.is_from_file);
  BOOST_TEST((from_file.body == large));
  BOOST_TEST(from_file["Content-Length"] == "16385");
  BOOST_TEST(cache.contents() == 16384U);
  BOOST_TEST(cache.descriptors() == 1U);
}

BOOST_AUTO_TEST_CASE(head_is_answered_like_get_without_content) {
  Write("small", "hello");
  Write("large", std::string(20000, 'l'));
  for (const std::string target : {"/small", "/large"}) {
    const Answer head = Head(target);
    BOOST_TEST(head.header == Get(target).header);
    BOOST_TEST(head.body == "");
  }
}

BOOST_AUTO_TEST_CASE(names_are_looked_up_decoded) {
  Write("a b%.txt", "x");
  BOOST_TEST(Get("/a%20b%25.txt").status == 200);
}

BOOST_AUTO_TEST_CASE(the_route_prefix_is_replaced_by_the_root) {
  route = "/docs";
  Write("a.txt", "x");
  Write("index.html", "home");
  BOOST_TEST(Get("/docs/a.txt").status == 200);
  BOOST_TEST(Get("/docs/").body == "home");
  const Answer bare = Get("/docs");
  BOOST_TEST(bare.status == 301);
  BOOST_TEST(bare["Location"] == "/docs/");
}

BOOST_AUTO_TEST_CASE(a_slash_at_the_end_of_the_route_changes_nothing) {
  route = "/docs/";
  Write("a.txt", "x");
  BOOST_TEST(Get("/docs/a.txt").status == 200);
}

BOOST_AUTO_TEST_CASE(routes_that_share_the_cache_do_not_share_files) {
  Write("a.txt", "mine");
  BOOST_TEST(Get("/a.txt").body == "mine");
  const Directory other;
  config::Route second;
  config::Static elsewhere;
  elsewhere.root = other.At("");
  second.handler = elsewhere;
  const auto its_handler = handlers::MakeHandler(second, {cache});
  BOOST_TEST(Serve(*its_handler, {.target = "/a.txt"}, now).status == 404);
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_not_found) {
  Write("a.txt", "x");
  BOOST_TEST(Get("/nothing").status == 404);
  BOOST_TEST(Get("/no/thing").status == 404);
  BOOST_TEST(Get("/a.txt/").status == 404);
  BOOST_TEST(Get("/a.txt/b").status == 404);
  BOOST_TEST(Get("/" + std::string(300, 'n')).status == 404);
  BOOST_TEST(Get("/" + std::string(5000, 'n')).status == 404);
  BOOST_TEST(Send({.target = "/x", .path = std::string("/a.txt\0b", 8)}).status == 404);
  BOOST_TEST(cache.entries() == 0U);
}

BOOST_AUTO_TEST_CASE(links_inside_the_root_are_followed) {
  Write("real/a.txt", "x");
  Link("link.txt", "real/a.txt");
  Link("linked", "real");
  BOOST_TEST(Get("/link.txt").body == "x");
  BOOST_TEST(Get("/linked/a.txt").body == "x");
}

BOOST_AUTO_TEST_CASE(nothing_outside_the_root_is_reached) {
  settings.hidden = true;  // or the dots alone would be refused
  Directory outside;
  outside.Write("secret.txt", "secret");
  Link("absolute", outside.At("secret.txt"));
  Link("upwards", "../" + std::filesystem::path(outside.At("")).parent_path().filename().string() +
                      "/secret.txt");
  Link("directory", outside.At(""));
  Link("loop", "loop");
  Link("magic", "/proc/self/root");
  for (const std::string target : {"/absolute", "/upwards", "/directory/secret.txt", "/directory",
                                   "/loop", "/magic", "/magic/etc/passwd"}) {
    BOOST_TEST(Get(target).status == 404, target);
  }
  BOOST_TEST(Get("/../" + std::filesystem::path(outside.At("secret.txt")).string()).status == 404);
  BOOST_TEST(Get("/x/../../etc/passwd").status == 404);
  BOOST_TEST(Get("//etc/passwd").status == 404);
}

BOOST_AUTO_TEST_CASE(dot_files_are_hidden) {
  Write(".secret", "x");
  Write(".git/config", "x");
  Write("a/.b/c", "x");
  BOOST_TEST(Get("/.secret").status == 404);
  BOOST_TEST(Get("/.git/config").status == 404);
  BOOST_TEST(Get("/.git/").status == 404);
  BOOST_TEST(Get("/a/.b/c").status == 404);
  BOOST_TEST(Get("/a/%2Eb/c").status == 404);
}

BOOST_AUTO_TEST_CASE(dot_files_are_served_where_that_is_configured) {
  settings.hidden = true;
  Write(".git/config", "x");
  BOOST_TEST(Get("/.git/config").status == 200);
}

BOOST_AUTO_TEST_CASE(only_files_and_directories_are_served) {
  BOOST_REQUIRE(::mkfifo(At("fifo").c_str(), 0666) == 0);
  BOOST_REQUIRE(::mknod(At("socket").c_str(), S_IFSOCK | 0666, 0) == 0);
  BOOST_TEST(Get("/fifo").status == 404);  // and it did not wait for a writer
  BOOST_TEST(Get("/socket").status == 404);
}

BOOST_AUTO_TEST_CASE(files_that_may_not_be_read_are_forbidden) {
  Write("private.txt", "x");
  Write("closed/a.txt", "x");
  BOOST_REQUIRE(::chmod(At("private.txt").c_str(), 0) == 0);
  BOOST_REQUIRE(::chmod(At("closed").c_str(), 0) == 0);
  {
    const OrdinaryUser user;
    BOOST_TEST(Get("/private.txt").status == 403);
    BOOST_TEST(Get("/closed/a.txt").status == 403);
  }
  BOOST_REQUIRE(::chmod(At("closed").c_str(), 0755) == 0);
}

BOOST_AUTO_TEST_CASE(no_descriptor_left_is_a_passing_trouble) {
  Write("a.txt", "x");
  BOOST_TEST(Get("/missing").status == 404);
  {
    const NoDescriptors none;
    const Answer answer = Get("/a.txt");
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(answer["Retry-After"] == "1");
  }
  BOOST_TEST(Get("/a.txt").status == 200);
}

BOOST_AUTO_TEST_CASE(a_directory_is_answered_by_the_first_index_there_is) {
  settings.index = {"index.html", "index.txt"};
  Write("both/index.html", "html");
  Write("both/index.txt", "text");
  Write("one/index.txt", "text");
  Write("odd/index.html/inner", "x");
  Write("odd/index.txt", "odd");
  BOOST_TEST(Get("/both/").body == "html");
  const Answer one = Get("/one/");
  BOOST_TEST(one.body == "text");
  BOOST_TEST(one["Content-Type"] == "text/plain; charset=utf-8");
  BOOST_TEST(Get("/odd/").body == "odd");
}

BOOST_AUTO_TEST_CASE(a_directory_without_index_is_forbidden_or_listed) {
  Write("d/a.txt", "x");
  BOOST_TEST(Get("/d/").status == 403);
  handler.reset();
  settings.listing = true;
  const Answer listed = Get("/d/");
  BOOST_TEST(listed.status == 200);
  BOOST_TEST(listed["Content-Type"] == "text/html; charset=utf-8");
  BOOST_TEST(listed.body.find("a.txt") != std::string::npos);
  BOOST_TEST(listed.body.find("href=\"../\"") != std::string::npos);
  BOOST_TEST(Get("/").body.find("href=\"../\"") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_directory_without_slash_leads_to_the_one_with) {
  Write("d e/index.html", "x");
  const Answer answer = Get("/d%20e?q=1&r=%2F");
  BOOST_TEST(answer.status == 301);
  BOOST_TEST(answer["Location"] == "/d%20e/?q=1&r=%2F");
  BOOST_TEST(Get("/d%20e?")["Location"] == "/d%20e/?");
}

BOOST_AUTO_TEST_CASE(that_redirect_never_names_another_host) {
  Write("evil.example/index.html", "x");
  BOOST_TEST(Get("//evil.example")["Location"] == "/evil.example/");
  BOOST_TEST(Get("///evil.example")["Location"] == "/evil.example/");
  Write("\\evil.example/index.html", "x");
  BOOST_TEST(Get("/\\evil.example")["Location"] == "/%5Cevil.example/");
}

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

BOOST_AUTO_TEST_CASE(a_root_that_is_no_directory_is_refused_by_name) {
  settings.root = At("missing");
  BOOST_CHECK_EXCEPTION(Get("/"), std::system_error, [&](const std::system_error& error) {
    return std::string_view(error.what()).find(settings.root) != std::string_view::npos;
  });
  Write("file", "x");
  settings.root = At("file");
  BOOST_CHECK_THROW(Get("/"), std::system_error);
}

BOOST_AUTO_TEST_CASE(other_methods_are_refused_with_a_list) {
  const Answer answer = Send({.method = "POST", .target = "/nothing"});
  BOOST_TEST(answer.status == 405);
  BOOST_TEST(answer["Allow"] == "GET, HEAD, OPTIONS");
}

BOOST_AUTO_TEST_CASE(what_only_the_disk_has_is_looked_for_by_a_thread) {
  Write("a.txt", "hello");
  Write("dir/b.txt", "b");
  if (!tined::test::Chill(At("a.txt"))) {
    BOOST_TEST_MESSAGE("no disk behind " << At(""));
    return;
  }
  loop::Loop loop;
  const config::Threads pool_settings{.count = 1, .queue = 1};
  ledger::ThreadFigures figures;
  backends::Threads pool(loop, pool_settings, figures);
  threads = &pool;
  settings.io = config::FileIo::nonblocking;
  settings.listing = true;
  int waits = 0;
  const auto ask = [&](const Ask& what) {
    return ServeBy(
        [&](answer::Exchange& exchange) {
          handlers::Dispatch(TheHandler(), exchange);
          if (exchange.later == nullptr) return;
          ++waits;
          while (!exchange.later->is_done()) loop.Turn();
          handlers::Complete(*exchange.later, exchange);
        },
        what, now);
  };
  BOOST_TEST(ask({.target = "/a.txt"}).body == "hello");
  BOOST_TEST(waits == 1);
  BOOST_TEST(cache.entries() == 1U);
  BOOST_TEST(ask({.target = "/a.txt"}).body == "hello");
  now += seconds(5);
  BOOST_TEST(ask({.target = "/a.txt", .fields = {{http::Name::range, "bytes=1-2"}}}).body == "el");
  BOOST_TEST(waits == 1);
  BOOST_TEST(ask({.target = "/dir/"}).body.find("b.txt") != std::string::npos);
  BOOST_TEST(waits == 2);
  BOOST_TEST(ask({.target = "/none.txt"}).status == 404);
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

BOOST_AUTO_TEST_CASE(a_directory_that_can_be_searched_but_not_read_has_its_index) {
  Write("d/index.html", "inside");
  ::chmod(At("d").c_str(), 0711);
  ::chmod(At("d/index.html").c_str(), 0644);
  settings.listing = true;
  Write("e/x", "x");
  ::chmod(At("e").c_str(), 0711);
  {
    const OrdinaryUser nobody;
    BOOST_TEST(Get("/d/").body == "inside");
    BOOST_TEST(Get("/d").status == 301);
    BOOST_TEST(Get("/e/").status == (::geteuid() == 0 ? 403 : 200));
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_looked_at_and_left_alone) {
  Write("a.txt", "hello");
  BOOST_REQUIRE(::mkfifo(At("fifo").c_str(), 0666) == 0);
  BOOST_REQUIRE(::mkfifo(At("a.txt.gz").c_str(), 0666) == 0);
  BOOST_REQUIRE(::mkfifo(At("index.html").c_str(), 0666) == 0);
  BOOST_TEST(Get("/fifo").status == 404);
  BOOST_TEST(Get("/a.txt", {{http::Name::accept_encoding, "gzip"}}).body == "hello");
  BOOST_TEST(Get("/").status == 403);
  for (const char* name : {"fifo", "a.txt.gz", "index.html"}) {
    // A reader that comes and goes would be seen as the end of the pipe (a writer's SIGPIPE).
    const Descriptor writer(::open(At(name).c_str(), O_WRONLY | O_NONBLOCK));
    BOOST_TEST(!writer);
    const Descriptor both(::open(At(name).c_str(), O_RDWR | O_NONBLOCK));
    BOOST_REQUIRE(::write(both.get(), "x", 1) == 1);
    Get(std::string("/") + name);
    char byte = 0;
    BOOST_TEST(::read(both.get(), &byte, 1) == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_link_that_names_the_root_itself_is_served_where_it_stays_inside) {
  Write("a.txt", "hello");
  Write("d/inner.txt", "inner");
  Link("absolute", At("a.txt"));
  Link("directory", At("d"));
  Link("twice", At("absolute"));
  Link("d/up",
       "../../" + std::filesystem::path(At("a.txt")).parent_path().filename().string() + "/a.txt");
  Link("outside", "/etc/passwd");
  Link("beside", At("") + "../etc/passwd");
  Link("circle", At("circle"));
  Link("sibling", std::filesystem::path(At("x")).parent_path().string() + "-x/a.txt");
  settings.listing = true;
  BOOST_TEST(Get("/absolute").body == "hello");
  BOOST_TEST(Get("/directory/inner.txt").body == "inner");
  BOOST_TEST(Get("/directory").status == 301);
  BOOST_TEST(Get("/twice").body == "hello");
  BOOST_TEST(Get("/d/up").body == "hello");
  BOOST_TEST(Get("/directory/up").body == "hello");
  for (const char* name : {"/outside", "/beside", "/circle", "/sibling"}) {
    BOOST_TEST(Get(name).status == 404, name);
  }
  const std::string page = Get("/").body;
  for (const char* name : {">absolute<", ">directory/<", ">twice<"}) {
    BOOST_TEST(page.find(name) != std::string::npos, name);
  }
  for (const char* name : {"outside", "beside", "circle", "sibling"}) {
    BOOST_TEST(page.find(name) == std::string::npos, name);
  }
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

BOOST_AUTO_TEST_CASE(a_compressed_picture_says_that_it_is_compressed) {
  Write("a.svgz", "gzip");
  const Answer answer = Get("/a.svgz");
  BOOST_TEST(answer["Content-Type"] == "image/svg+xml");
  BOOST_TEST(answer["Content-Encoding"] == "gzip");
  BOOST_TEST(Get("/a.svgz", {{http::Name::range, "bytes=0-1"}})["Content-Encoding"] == "gzip");
}

BOOST_AUTO_TEST_SUITE_END()

// What is found below a root, who may have it, and how it is sent.
#include <sys/fsuid.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <system_error>

#include "backends/threads.hpp"
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

BOOST_AUTO_TEST_CASE(a_compressed_picture_says_that_it_is_compressed) {
  Write("a.svgz", "gzip");
  const Answer answer = Get("/a.svgz");
  BOOST_TEST(answer["Content-Type"] == "image/svg+xml");
  BOOST_TEST(answer["Content-Encoding"] == "gzip");
  BOOST_TEST(Get("/a.svgz", {{http::Name::range, "bytes=0-1"}})["Content-Encoding"] == "gzip");
}

BOOST_AUTO_TEST_SUITE_END()

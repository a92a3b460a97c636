#include "handlers/resource.hpp"

#include <fcntl.h>

#include "tests/file_ways.hpp"
#include "tests/unit/handlers/site.hpp"

using namespace tined;
using namespace tined::handlers;
using handlers::test::Directory;
using std::chrono::seconds;

namespace {

const config::Static kSettings;

struct Load {
  explicit Load(const std::string& root_path) : root(root_path) {}
  Resource Now(const std::string& name, WallTime now) const {
    Resource resource;
    BOOST_TEST(LoadResource(name, OpenSources(root, name, root.Open(name)), {now, kSettings},
                            resource) == 0);
    return resource;
  }
  Root root;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ResourceTest, Directory)

BOOST_AUTO_TEST_CASE(a_file_changed_a_moment_ago_is_unsettled) {
  Write("a.txt", "x");
  const Load load(At(""));
  const WallTime now = WallClock::now();
  BOOST_TEST(load.Now("a.txt", now).is_unsettled);
  BOOST_TEST(!load.Now("a.txt", now + seconds(3)).is_unsettled);
}

BOOST_AUTO_TEST_CASE(is_fresh_for_less_than_a_second) {
  const WallTime then = WallClock::now();
  Resource resource;
  resource.checked_at = then;
  BOOST_TEST(resource.IsFresh(then));
  BOOST_TEST(!resource.IsFresh(then + seconds(1)));
  BOOST_TEST(!resource.IsFresh(then - seconds(1)));
}

BOOST_AUTO_TEST_CASE(a_file_that_shrank_before_it_was_read_is_read_again) {
  Write("a.txt", "a longer text");
  const Root root(At(""));
  Opened opened = root.Open("a.txt");
  Write("a.txt", "short");
  Resource resource;
  std::vector<Source> sources = OpenSources(root, "a.txt", std::move(opened));
  BOOST_TEST(LoadResource("a.txt", std::move(sources), {WallClock::now(), kSettings}, resource) ==
             0);
  BOOST_TEST(resource.representations[0].contents == "short");
  BOOST_TEST(resource.representations[0].stamp.size == 5U);
  BOOST_TEST(resource.representations[0].etag.starts_with("\"5-"));
}

BOOST_AUTO_TEST_CASE(a_file_that_grew_before_it_was_read_is_read_as_it_is) {
  Write("a.txt", "short");
  const Root root(At(""));
  Opened opened = root.Open("a.txt");
  Write("a.txt", "short and more");
  Resource resource;
  std::vector<Source> sources = OpenSources(root, "a.txt", std::move(opened));
  BOOST_TEST(LoadResource("a.txt", std::move(sources), {WallClock::now(), kSettings}, resource) ==
             0);
  BOOST_TEST(resource.representations[0].contents == "short and more");
  BOOST_TEST(resource.representations[0].etag.starts_with("\"e-"));
}

BOOST_AUTO_TEST_CASE(a_file_of_proc_is_read_to_its_end_and_never_taken_for_settled) {
  const Root root("/proc/self");
  Resource resource;
  const WallTime now = WallClock::now() + seconds(3);
  BOOST_TEST(LoadResource("status", OpenSources(root, "status", root.Open("status")),
                          {now, kSettings}, resource) == 0);
  const Representation& loaded = resource.representations.front();
  BOOST_TEST(loaded.contents.starts_with("Name:"));
  BOOST_TEST(loaded.contents.ends_with("\n"));
  BOOST_TEST(loaded.size == loaded.contents.size());
  BOOST_TEST(!resource.IsFresh(now));
  BOOST_TEST(resource.is_unsettled);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_longer_than_it_says_is_read_up_to_a_limit) {
  const Root root("/proc");
  Resource resource;
  const std::string endless = "kallsyms";  // every symbol of the kernel: some MiB
  const auto opened = [&] { return OpenSources(root, endless, root.Open(endless)); };
  if (!root.Open(endless).is_file()) return;
  BOOST_TEST(LoadResource(endless, opened(), {WallClock::now(), kSettings}, resource) == EFBIG);
}

BOOST_AUTO_TEST_CASE(a_larger_file_changed_within_the_clocks_tick_gets_a_tag_of_its_own_each_time) {
  // The kernel dates both states alike, unless the tick ends just then: not each time.
  bool is_seen = false;
  for (int i = 0; i < 100 && !is_seen; ++i) {
    Write("large", std::string(20000, 'a'));
    const Load load(At(""));
    const WallTime now = WallClock::now();
    const Resource first = load.Now("large", now);
    const Resource second = load.Now("large", now);
    is_seen = first.is_in_flux && second.is_in_flux;
    if (!is_seen) continue;
    BOOST_TEST(first.representations[0].etag != second.representations[0].etag);
    BOOST_TEST(!first.IsFresh(now));
  }
  BOOST_TEST(is_seen);
}

BOOST_AUTO_TEST_CASE(without_patience_what_only_the_disk_has_is_not_waited_for) {
  Write("a.txt", "hello");
  const Root root(At(""));
  const auto load = [&](Patience patience) {
    Resource resource;
    std::vector<Source> sources = OpenSources(root, "a.txt", root.Open("a.txt"));
    return LoadResource("a.txt", std::move(sources), {WallClock::now(), kSettings, patience},
                        resource);
  };
  if (!tined::test::Chill(At("a.txt"))) {
    BOOST_TEST_MESSAGE("no disk behind " << At(""));
    return;
  }
  BOOST_TEST(load(Patience::none) == EAGAIN);
  // The kernel may take a page back at any time; not each time.
  int without_patience = EAGAIN;
  for (int i = 0; i < 10 && without_patience == EAGAIN; ++i) {
    BOOST_TEST(load(Patience::wait) == 0);
    without_patience = load(Patience::none);
  }
  BOOST_TEST(without_patience == 0);
}

BOOST_AUTO_TEST_CASE(siblings_that_are_no_files_do_not_count) {
  Write("a.txt", "x");
  Write("a.txt.gz/inner", "x");
  BOOST_REQUIRE(::mkfifo(At("a.txt.br").c_str(), 0600) == 0);
  const Load load(At(""));
  BOOST_TEST(!load.Now("a.txt", WallClock::now()).has_siblings());
}

BOOST_AUTO_TEST_SUITE_END()

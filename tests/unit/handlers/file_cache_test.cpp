#include "handlers/file_cache.hpp"

#include <boost/test/unit_test.hpp>

using namespace tined;
using handlers::FileCache;
using handlers::Resource;

namespace {

Resource InMemory(const std::string& contents) {
  Resource resource;
  resource.representations.emplace_back().contents = contents;
  return resource;
}

Resource WithDescriptor() {
  Resource resource;
  resource.representations.emplace_back().file = std::make_shared<const answer::OpenFile>();
  return resource;
}

FileCache::Key Path(std::string_view path) { return {0, path}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(FileCacheTest)

BOOST_AUTO_TEST_CASE(finds_what_was_kept_under_the_same_owner_and_path) {
  FileCache cache;
  const std::uint32_t first = cache.NewOwner();
  const std::uint32_t second = cache.NewOwner();
  cache.Keep({first, "/a"}, InMemory("one"));
  cache.Keep({second, "/a"}, InMemory("two"));
  BOOST_TEST(cache.Find({first, "/a"})->representations[0].contents == "one");
  BOOST_TEST(cache.Find({second, "/a"})->representations[0].contents == "two");
  BOOST_TEST(cache.Find({first, "/b"}) == nullptr);
}

BOOST_AUTO_TEST_CASE(the_path_given_may_go_away) {
  FileCache cache;
  {
    const std::string path = "/a-path-too-long-for-the-small-string-optimisation";
    cache.Keep(Path(path), InMemory("x"));
  }
  BOOST_TEST(cache.Find(Path("/a-path-too-long-for-the-small-string-optimisation")) != nullptr);
}

BOOST_AUTO_TEST_CASE(keeping_again_replaces) {
  FileCache cache;
  cache.Keep(Path("/a"), InMemory("longer"));
  cache.Keep(Path("/a"), InMemory("x"));
  BOOST_TEST(cache.entries() == 1U);
  BOOST_TEST(cache.contents() == 1U);
  BOOST_TEST(cache.Find(Path("/a"))->representations[0].contents == "x");
}

BOOST_AUTO_TEST_CASE(what_is_dropped_is_gone) {
  FileCache cache;
  cache.Keep(Path("/a"), InMemory("x"));
  cache.Keep(Path("/b"), WithDescriptor());
  cache.Drop(Path("/a"));
  cache.Drop(Path("/b"));
  cache.Drop(Path("/never"));
  BOOST_TEST(cache.Find(Path("/a")) == nullptr);
  BOOST_TEST(cache.entries() == 0U);
  BOOST_TEST(cache.contents() == 0U);
  BOOST_TEST(cache.descriptors() == 0U);
}

BOOST_AUTO_TEST_CASE(the_least_recently_used_entry_leaves_first) {
  FileCache cache({.entries = 3});
  cache.Keep(Path("/a"), InMemory("a"));
  cache.Keep(Path("/b"), InMemory("b"));
  cache.Keep(Path("/c"), InMemory("c"));
  BOOST_TEST(cache.Find(Path("/a")) != nullptr);
  cache.Keep(Path("/d"), InMemory("d"));
  BOOST_TEST(cache.entries() == 3U);
  BOOST_TEST(cache.Find(Path("/b")) == nullptr);
  BOOST_TEST(cache.Find(Path("/a")) != nullptr);
}

BOOST_AUTO_TEST_CASE(contents_are_bounded) {
  FileCache cache({.contents = 100});
  for (int i = 0; i < 50; ++i) cache.Keep(Path("/" + std::to_string(i)), InMemory("0123456789"));
  BOOST_TEST(cache.contents() == 100U);
  BOOST_TEST(cache.entries() == 10U);
  BOOST_TEST(cache.Find(Path("/40")) != nullptr);
  BOOST_TEST(cache.Find(Path("/39")) == nullptr);
}

BOOST_AUTO_TEST_CASE(descriptors_are_bounded_and_answers_keep_theirs) {
  FileCache cache({.descriptors = 2});
  const answer::FileHandle being_sent =
      cache.Keep(Path("/a"), WithDescriptor()).representations[0].file;
  cache.Keep(Path("/b"), WithDescriptor());
  cache.Keep(Path("/c"), WithDescriptor());
  BOOST_TEST(cache.descriptors() == 2U);
  BOOST_TEST(cache.Find(Path("/a")) == nullptr);
  BOOST_TEST(being_sent.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(one_entry_stays_even_if_it_is_too_large_alone) {
  FileCache cache({.contents = 3});
  cache.Keep(Path("/a"), InMemory("a"));
  const Resource& kept = cache.Keep(Path("/b"), InMemory("too large"));
  BOOST_TEST(kept.representations[0].contents == "too large");
  BOOST_TEST(cache.entries() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

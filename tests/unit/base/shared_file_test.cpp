#include "base/shared_file.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <system_error>

namespace tined {
namespace {

struct Pair {
  std::atomic<int> first{1};
  std::atomic<int> second{2};
};

BOOST_AUTO_TEST_SUITE(SharedFileTest)

BOOST_AUTO_TEST_CASE(what_one_mapping_writes_the_other_reads) {
  const SharedFile<Pair> made("test");
  BOOST_TEST(made->first == 1);
  made->first = 7;
  const SharedFile<Pair> found(made.descriptor());
  BOOST_TEST(found->first == 7);
  BOOST_TEST(found->second == 2);
  found->second = 8;
  BOOST_TEST(made->second == 8);
  BOOST_TEST(found.descriptor() == -1);
}

BOOST_AUTO_TEST_CASE(it_outlives_whoever_made_it) {
  Descriptor kept;
  {
    const SharedFile<Pair> made("test");
    made->second = 9;
    kept.Reset(::dup(made.descriptor()));
  }
  BOOST_TEST(SharedFile<Pair>(kept.get())->second == 9);
}

BOOST_AUTO_TEST_CASE(nobody_can_cut_it) {
  const SharedFile<Pair> made("test");
  BOOST_TEST(::ftruncate(made.descriptor(), 0) == -1);
  BOOST_TEST(::ftruncate(made.descriptor(), 4096) == -1);
}

BOOST_AUTO_TEST_CASE(a_file_of_another_size_is_refused) {
  const Descriptor other = MakeSharedFile("test", sizeof(Pair) + 1);
  BOOST_CHECK_THROW(SharedFile<Pair>{other.get()}, std::system_error);
  BOOST_CHECK_THROW(SharedFile<Pair>{-1}, std::system_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined

#include "base/proc.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "base/descriptor.hpp"
#include "base/memory_file.hpp"

namespace tined {
namespace {

BOOST_AUTO_TEST_SUITE(ProcSuite)

BOOST_AUTO_TEST_CASE(a_descriptor_s_file_is_opened_again_by_its_path) {
  const Descriptor file = MakeMemoryFile("test", "bytes");
  const Descriptor again(::open(DescriptorPath(file.get()).c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 8> bytes{};
  BOOST_TEST(::read(again.get(), bytes.data(), bytes.size()) == 5);
}

BOOST_AUTO_TEST_CASE(a_process_s_file_is_read_as_far_as_there_is_room) {
  std::array<char, 5> room{};
  BOOST_TEST(ReadProc(::getpid(), "status", room) == "Name:");
  BOOST_TEST(ReadProc("/proc/self/status", room) == "Name:");
}

BOOST_AUTO_TEST_CASE(a_process_that_is_not_there_has_nothing_to_read) {
  std::array<char, 64> room{};
  constexpr pid_t kNobody = 1 << 30;
  BOOST_TEST(ReadProc(kNobody, "status", room).empty());
}

BOOST_AUTO_TEST_CASE(this_process_is_among_all) {
  const std::vector<pid_t> all = AllProcesses();
  BOOST_TEST(std::count(all.begin(), all.end(), ::getpid()) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined

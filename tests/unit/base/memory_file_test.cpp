#include "base/memory_file.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <string>

namespace tined {
namespace {

std::string ReadFromPosition(const Descriptor& file) {
  std::array<char, 64> bytes{};
  const ssize_t got = ::read(file.get(), bytes.data(), bytes.size());
  return {bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

/// The limit of open files, as it was again at the end.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{0, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

BOOST_AUTO_TEST_SUITE(MemoryFileSuite)

BOOST_AUTO_TEST_CASE(a_reader_finds_all_pieces_from_the_beginning) {
  constexpr std::array<std::string_view, 3> kPieces = {"one ", "", "two"};
  BOOST_TEST(ReadFromPosition(MakeMemoryFile("test", kPieces)) == "one two");
  BOOST_TEST(ReadFromPosition(MakeMemoryFile("test", "alone")) == "alone");
}

BOOST_AUTO_TEST_CASE(a_file_without_bytes_is_a_file) {
  const Descriptor file = MakeMemoryFile("test", "");
  BOOST_TEST(static_cast<bool>(file));
  BOOST_TEST(ReadFromPosition(file).empty());
}

BOOST_AUTO_TEST_CASE(no_program_that_is_executed_inherits_it) {
  const Descriptor file = MakeMemoryFile("test", "x");
  BOOST_TEST((::fcntl(file.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

BOOST_AUTO_TEST_CASE(errno_says_why_there_is_none) {
  Descriptor file;
  int error = 0;
  {
    const NoDescriptors none;
    file = MakeMemoryFile("test", "x");
    error = errno;
  }
  BOOST_TEST(!file);
  BOOST_TEST(error == EMFILE);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined

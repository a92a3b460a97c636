#include "backends/files/file_reader.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <latch>
#include <string>

#include "base/error.hpp"
#include "tests/file_ways.hpp"

using namespace tined;
using backends::FileRead;
using backends::FileReader;
using config::FileIo;
using Outcome = FileReader::Outcome;

namespace {

constexpr std::size_t kFileSize = 300'000;

std::string Pattern() {
  std::string bytes(kFileSize, '\0');
  for (std::size_t i = 0; i < kFileSize; ++i) bytes[i] = static_cast<char>(i * 2654435761U >> 24);
  return bytes;
}

/// A job that keeps the pool's only thread until it is told to let go.
class Occupant final : public backends::Job {
 public:
  void Run() noexcept override { gate.wait(); }
  void Finish() noexcept override {}
  std::latch gate{1};
};

struct Reading {
  Reading() {
    std::ofstream(path, std::ios::binary) << Pattern();
    int ends[2];
    Check(::pipe2(ends, O_CLOEXEC), "pipe2");
    empty_pipe = Handle(ends[0], FileIo::async);
    feed.Reset(ends[1]);
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  ~Reading() {
    BOOST_TEST(threads.Quiesce(std::chrono::seconds(20)));
    BOOST_TEST(reader.Quiesce(std::chrono::seconds(20)));
    std::filesystem::remove(path);
  }

  static answer::FileHandle Handle(int fd, FileIo io) {
    return std::make_shared<const answer::OpenFile>(answer::OpenFile{Descriptor(fd), io});
  }
  [[nodiscard]] answer::FileHandle Open(FileIo io) const {
    return Handle(Check(::open(path.c_str(), O_RDONLY | O_CLOEXEC), "open"), io);
  }
  [[nodiscard]] bool MakeCold() const {
    if (test::Chill(path)) return true;
    BOOST_TEST_MESSAGE("no disk behind " << path);
    return false;
  }
  void WaitFor(const std::shared_ptr<FileRead>& read) {
    const TimePoint deadline = Clock::now() + std::chrono::seconds(20);
    loop::Alarm patience([] {});
    loop.Arm(patience, deadline);
    while (!read->is_done() && Clock::now() < deadline) loop.Turn();
    BOOST_REQUIRE(read->is_done());
  }
  /// A read that stays under way until `feed` is written to.
  std::shared_ptr<FileRead> BeginEndless() {
    std::shared_ptr<FileRead> read;
    BOOST_REQUIRE((reader.Read(empty_pipe, 0, 1, read).outcome == Outcome::later));
    return read;
  }
  void Feed(std::size_t bytes) const {
    BOOST_REQUIRE(::write(feed.get(), std::string(bytes, 'x').data(), bytes) ==
                  static_cast<ssize_t>(bytes));
  }

  const std::string path =
      (std::filesystem::temp_directory_path() / ("tined-reader-" + std::to_string(::getpid())))
          .string();
  loop::Loop loop;
  const config::Threads settings{.count = 1, .queue = 10};
  ledger::ThreadFigures figures;
  backends::Threads threads{loop, settings, figures};
  FileReader reader{loop, threads};
  answer::FileHandle empty_pipe;
  Descriptor feed;
  std::shared_ptr<FileRead> later;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(FileReaderTest, Reading)

BOOST_AUTO_TEST_CASE(what_is_in_memory_comes_at_once) {
  for (const FileIo io : {FileIo::blocking, FileIo::nonblocking, FileIo::async}) {
    const FileReader::Result got = reader.Read(Open(io), 1000, 5000, later);
    // A file system may not be able to tell (tmpfs of earlier kernels).
    if (got.outcome == Outcome::later) {
      WaitFor(later);
      BOOST_TEST((later->From(1000) == Pattern().substr(1000, 5000)));
      reader.Drop(later);
    } else {
      BOOST_TEST((got.bytes == Pattern().substr(1000, 5000)));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_ends_gives_what_it_has_and_then_nothing) {
  for (const FileIo io : {FileIo::blocking, FileIo::nonblocking, FileIo::async}) {
    const auto read = [&](std::uint64_t offset) {
      const FileReader::Result got = reader.Read(Open(io), offset, 1000, later);
      if (got.outcome != Outcome::later) return std::string(got.bytes);
      WaitFor(later);
      const std::string bytes(later->From(offset));
      reader.Drop(later);
      return bytes;
    };
    BOOST_TEST(read(kFileSize - 10) == Pattern().substr(kFileSize - 10));
    BOOST_TEST(read(kFileSize).empty());
    BOOST_TEST(read(kFileSize + 10).empty());
  }
}

BOOST_AUTO_TEST_CASE(no_more_than_a_piece_is_read_at_once) {
  const FileReader::Result got = reader.Read(Open(FileIo::blocking), 0, kFileSize, later);
  BOOST_TEST((got.bytes == Pattern().substr(0, FileReader::kPiece)));
}

BOOST_AUTO_TEST_CASE(blocking_waits_for_the_disk) {
  if (!MakeCold()) return;
  const FileReader::Result got = reader.Read(Open(FileIo::blocking), 0, 5000, later);
  BOOST_TEST((got.bytes == Pattern().substr(0, 5000)));
}

BOOST_AUTO_TEST_CASE(what_only_the_disk_has_comes_later) {
  for (const FileIo io : {FileIo::nonblocking, FileIo::async}) {
    if (!MakeCold()) return;
    const FileReader::Result got = reader.Read(Open(io), 1000, 100'000, later);
    // io_uring may have had it from a disk that is very fast.
    if (io == FileIo::nonblocking) BOOST_REQUIRE((got.outcome == Outcome::later));
    if (got.outcome == Outcome::bytes) continue;
    bool is_told = false;
    later->OnDone([&] { is_told = true; });
    WaitFor(later);
    BOOST_TEST(is_told);
    BOOST_TEST(later->From(0).empty());
    BOOST_TEST(!later->From(1000).empty());
    BOOST_TEST((Pattern().substr(1000).starts_with(later->From(1000))));
    BOOST_TEST((Pattern().substr(1007).starts_with(later->From(1007))));
    BOOST_TEST(later->From(101'000).empty());
    reader.Drop(later);
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_gives_nothing) {
  const answer::FileHandle directory =
      Handle(Check(::open("/", O_RDONLY | O_CLOEXEC), "open"), FileIo::blocking);
  BOOST_TEST((reader.Read(directory, 0, 10, later).outcome == Outcome::nothing));
}

BOOST_AUTO_TEST_CASE(a_read_that_nobody_waits_for_ends_in_peace) {
  std::shared_ptr<FileRead> read = BeginEndless();
  const std::weak_ptr<FileRead> seen = read;
  bool is_told = false;
  read->OnDone([&] { is_told = true; });
  reader.Drop(read);
  BOOST_TEST(read == nullptr);
  BOOST_TEST(!seen.expired());  // The kernel may still write into its buffer.
  Feed(1);
  while (!seen.expired()) loop.Turn();
  BOOST_TEST(!is_told);
}

BOOST_AUTO_TEST_CASE(a_read_on_a_thread_that_nobody_waits_for_ends_in_peace) {
  if (!MakeCold()) return;
  const auto occupant = std::make_shared<Occupant>();
  BOOST_REQUIRE(threads.Post(occupant));
  BOOST_REQUIRE((reader.Read(Open(FileIo::nonblocking), 0, 10, later).outcome == Outcome::later));
  const std::weak_ptr<FileRead> seen = later;
  reader.Drop(later);
  BOOST_TEST(!seen.expired());
  occupant->gate.count_down();
  while (!seen.expired()) loop.Turn();
}

BOOST_AUTO_TEST_CASE(reads_beyond_the_bound_wait_in_line) {
  std::vector<std::shared_ptr<FileRead>> reads;
  for (std::size_t i = 0; i < FileReader::kMost; ++i) reads.push_back(BeginEndless());
  // These three wait; one of them in vain.
  std::shared_ptr<FileRead> given_up = BeginEndless();
  std::shared_ptr<FileRead> last;
  const answer::FileHandle file = Open(FileIo::async);
  BOOST_REQUIRE((reader.Read(file, 0, 10, last).outcome == Outcome::later));
  reader.Drop(given_up);
  loop::Alarm soon([] {});
  loop.Arm(soon, loop.now());
  loop.Turn();
  BOOST_TEST(!last->is_done());
  Feed(1);
  WaitFor(last);
  BOOST_TEST(last->From(0) == Pattern().substr(0, 10));
  Feed(FileReader::kMost - 1);
  for (const auto& read : reads) WaitFor(read);
}

BOOST_AUTO_TEST_CASE(what_is_read_next_may_be_asked_for_when_told) {
  std::shared_ptr<FileRead> first = BeginEndless();
  std::shared_ptr<FileRead> second;
  first->OnDone([&] {
    reader.Drop(first);
    second = BeginEndless();
  });
  Feed(1);
  while (second == nullptr) loop.Turn();
  BOOST_TEST(!second->is_done());
  Feed(1);
  WaitFor(second);
  BOOST_TEST(second->From(0) == "x");
}

BOOST_AUTO_TEST_CASE(quiesce_gives_up_in_time) {
  std::shared_ptr<FileRead> read = BeginEndless();
  BOOST_TEST(!reader.Quiesce(std::chrono::milliseconds(10)));
  Feed(1);
}

BOOST_AUTO_TEST_SUITE_END()

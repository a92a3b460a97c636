#include "transport/plain.hpp"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <string>

#include "base/error.hpp"
#include "ledger/composer.hpp"
#include "ledger/ledger.hpp"
#include "tests/file_ways.hpp"

namespace tined::transport {
namespace {

using config::FileIo;

FileIo IoNamed(const std::string& name) {
  const auto found = std::find(test::kFileWays.begin(), test::kFileWays.end(), name);
  return static_cast<FileIo>(found - test::kFileWays.begin());
}

/// A batch on its way through a socket pair, its file read in one of the four ways.
struct Batch {
  explicit Batch(const std::string& io = "sendfile") {
    int ends[2];
    Check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), "socketpair");
    near.Reset(ends[0]);
    far.Reset(ends[1]);
    Descriptor memory(Check(::memfd_create("file", 0), "memfd_create"));
    record.descriptor = near.get();
    record.file = memory.get();
    buffers.record = &record;
    buffers.file =
        std::make_shared<const answer::OpenFile>(answer::OpenFile{std::move(memory), IoNamed(io)});
  }
  ~Batch() { BOOST_TEST(reader.Quiesce(std::chrono::seconds(20))); }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  /// Sends, waiting for the disk but not for the client.
  Sent Send() {
    for (;;) {
      const Sent outcome = plain.Send(buffers);
      if (outcome != Sent::disk) return outcome;
      while (!buffers.read->is_done()) loop.Turn();
    }
  }

  void Output(std::string_view bytes) {
    ledger::Composer composer(arena, block, record.output_place, record.output_size());
    composer.Append(bytes);
    record.Commit(composer.size(), 0);
  }
  void File(std::string_view bytes) {
    Check(::pwrite(record.file, bytes.data(), bytes.size(), 0), "pwrite");
  }
  void Parts(const std::vector<ledger::FilePart>& parts) {
    record.part_count = static_cast<std::uint32_t>(parts.size());
    record.part = parts.front();
    const ledger::Block array = arena.Allocate(parts.size() * sizeof(ledger::FilePart));
    std::memcpy(arena.At(array.offset), parts.data(), parts.size() * sizeof(ledger::FilePart));
    record.parts_place = array.offset;
  }
  std::string Received() {
    std::string all;
    char buffer[65536];
    for (ssize_t got; (got = ::recv(far.get(), buffer, sizeof buffer, 0)) > 0;) {
      all.append(buffer, static_cast<std::size_t>(got));
    }
    return all;
  }

  ledger::Ledger ledger{4, 16U << 20};
  ledger::Arena arena{ledger.arena()};
  ledger::Record& record = ledger.records()[0];
  ledger::Block block;
  Descriptor near;
  Descriptor far;
  loop::Loop loop;
  const config::Threads settings;
  ledger::ThreadFigures figures;
  backends::Threads threads{loop, settings, figures};
  backends::FileReader reader{loop, threads};
  Plain plain{arena, reader};
  Buffers buffers;
};

std::string Pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 2654435761U >> 24);
  return bytes;
}

BOOST_AUTO_TEST_SUITE(PlainTest)

BOOST_FIXTURE_TEST_CASE(bytes_alone_go_out_whole, Batch) {
  Output("hello");
  BOOST_TEST((Send() == Sent::done));
  BOOST_TEST(record.sent == 5U);
  BOOST_TEST(Received() == "hello");
}

BOOST_FIXTURE_TEST_CASE(an_empty_batch_is_done, Batch) {
  BOOST_TEST((Send() == Sent::done));
  BOOST_TEST(Received().empty());
}

BOOST_DATA_TEST_CASE(a_file_follows_its_header, boost::unit_test::data::make(test::kFileWays), io) {
  Batch batch(io);
  batch.File("0123456789");
  batch.Output("head:");
  batch.Parts({{5, 2, 6}});
  BOOST_TEST((batch.Send() == Sent::done));
  BOOST_TEST(batch.Received() == "head:234567");
}

BOOST_DATA_TEST_CASE(parts_of_a_file_stand_where_they_belong,
                     boost::unit_test::data::make(test::kFileWays), io) {
  Batch batch(io);
  batch.File("0123456789");
  batch.Output("<a><b><end>");
  batch.Parts({{3, 0, 2}, {6, 8, 2}});
  BOOST_TEST((batch.Send() == Sent::done));
  BOOST_TEST(batch.Received() == "<a>01<b>89<end>");
}

BOOST_DATA_TEST_CASE(every_start_position_sends_exactly_the_rest,
                     boost::unit_test::data::make(test::kFileWays), io) {
  Batch batch(io);
  batch.File("0123456789");
  batch.Output("<a><b><end>");
  batch.Parts({{3, 0, 2}, {6, 8, 2}});
  const std::string whole = "<a>01<b>89<end>";
  for (std::size_t position = 0; position <= whole.size(); ++position) {
    batch.record.sent = position;
    BOOST_TEST((batch.Send() == Sent::done));
    BOOST_TEST(batch.Received() == whole.substr(position));
  }
}

BOOST_DATA_TEST_CASE(a_full_socket_blocks_and_sending_goes_on_where_it_stopped,
                     boost::unit_test::data::make(test::kFileWays), io) {
  Batch batch(io);
  const std::string body = Pattern(8U << 20);
  batch.File(body);
  batch.Output("head:");
  batch.Parts({{5, 0, body.size()}});
  std::string all;
  Sent outcome = Sent::blocked;
  for (int turns = 0; outcome != Sent::done && turns < 10000; ++turns) {
    outcome = batch.Send();
    BOOST_REQUIRE((outcome != Sent::broken));
    all += batch.Received();
  }
  BOOST_TEST((all == "head:" + body));
}

BOOST_DATA_TEST_CASE(a_file_that_has_shrunk_breaks_the_connection,
                     boost::unit_test::data::make(test::kFileWays), io) {
  Batch batch(io);
  batch.File("0123");
  batch.Output("head:");
  batch.Parts({{5, 0, 10}});
  BOOST_TEST((batch.Send() == Sent::broken));
  BOOST_TEST(batch.Received() == "head:0123");
}

BOOST_DATA_TEST_CASE(a_client_that_does_not_read_keeps_no_memory,
                     boost::unit_test::data::make(test::kFileWays), io) {
  Batch batch(io);
  batch.File(Pattern(8U << 20));
  batch.Output("head:");
  batch.Parts({{5, 0, 8U << 20}});
  Sent outcome = Sent::yielded;
  while (outcome == Sent::yielded) outcome = batch.Send();
  BOOST_TEST((outcome == Sent::blocked));
  BOOST_TEST(batch.buffers.read == nullptr);
}

BOOST_FIXTURE_TEST_CASE(a_client_that_is_gone_breaks_the_connection, Batch) {
  far.Reset();
  Output("hello");
  BOOST_TEST((Send() == Sent::broken));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::transport

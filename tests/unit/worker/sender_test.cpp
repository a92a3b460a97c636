#include "worker/sender.hpp"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <string>

#include "base/error.hpp"
#include "ledger/composer.hpp"
#include "ledger/ledger.hpp"

namespace tined::worker {
namespace {

struct Batch {
  Batch() {
    int ends[2];
    Check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), "socketpair");
    near.Reset(ends[0]);
    far.Reset(ends[1]);
    file.Reset(Check(::memfd_create("file", 0), "memfd_create"));
    record.descriptor = near.get();
    record.file = file.get();
  }

  void Output(std::string_view bytes) {
    ledger::Composer composer(arena, block, record.output_place, record.output_size());
    composer.Append(bytes);
    record.Commit(composer.size(), 0);
  }
  void File(std::string_view bytes) {
    Check(::pwrite(file.get(), bytes.data(), bytes.size(), 0), "pwrite");
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
  Descriptor file;
};

BOOST_FIXTURE_TEST_SUITE(SenderTest, Batch)

BOOST_AUTO_TEST_CASE(bytes_alone_go_out_whole) {
  Output("hello");
  BOOST_TEST((SendBatch(arena, record) == SendOutcome::done));
  BOOST_TEST(record.sent == 5U);
  BOOST_TEST(Received() == "hello");
}

BOOST_AUTO_TEST_CASE(an_empty_batch_is_done) {
  BOOST_TEST((SendBatch(arena, record) == SendOutcome::done));
  BOOST_TEST(Received().empty());
}

BOOST_AUTO_TEST_CASE(a_file_follows_its_header) {
  File("0123456789");
  Output("head:");
  Parts({{5, 2, 6}});
  BOOST_TEST((SendBatch(arena, record) == SendOutcome::done));
  BOOST_TEST(Received() == "head:234567");
}

BOOST_AUTO_TEST_CASE(parts_of_a_file_stand_where_they_belong) {
  File("0123456789");
  Output("<a><b><end>");
  Parts({{3, 0, 2}, {6, 8, 2}});
  BOOST_TEST((SendBatch(arena, record) == SendOutcome::done));
  BOOST_TEST(Received() == "<a>01<b>89<end>");
}

BOOST_AUTO_TEST_CASE(every_start_position_sends_exactly_the_rest) {
  File("0123456789");
  Output("<a><b><end>");
  Parts({{3, 0, 2}, {6, 8, 2}});
  const std::string whole = "<a>01<b>89<end>";
  for (std::size_t position = 0; position <= whole.size(); ++position) {
    record.sent = position;
    BOOST_TEST((SendBatch(arena, record) == SendOutcome::done));
    BOOST_TEST(Received() == whole.substr(position));
  }
}

BOOST_AUTO_TEST_CASE(a_full_socket_blocks_and_sending_goes_on_where_it_stopped) {
  const std::string body(8U << 20, 'x');
  File(body);
  Output("head:");
  Parts({{5, 0, body.size()}});
  std::string all;
  SendOutcome outcome = SendOutcome::blocked;
  for (int turns = 0; outcome != SendOutcome::done && turns < 10000; ++turns) {
    outcome = SendBatch(arena, record);
    BOOST_REQUIRE((outcome != SendOutcome::broken));
    all += Received();
  }
  BOOST_TEST((all == "head:" + body));
}

BOOST_AUTO_TEST_CASE(a_file_that_has_shrunk_breaks_the_connection) {
  File("0123");
  Output("head:");
  Parts({{5, 0, 10}});
  BOOST_TEST((SendBatch(arena, record) == SendOutcome::broken));
  BOOST_TEST(Received() == "head:0123");
}

BOOST_AUTO_TEST_CASE(a_client_that_is_gone_breaks_the_connection) {
  far.Reset();
  Output("hello");
  BOOST_TEST((SendBatch(arena, record) == SendOutcome::broken));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::worker

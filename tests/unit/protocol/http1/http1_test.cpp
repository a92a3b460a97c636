// HTTP/1 between a record and handlers, without a socket: what has arrived is put where a transport
// would put it, what it answers is read from the batch.
#include "protocol/http1/http1.hpp"

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <string>

#include "handlers/file_cache.hpp"
#include "ledger/ledger.hpp"
#include "tests/unit/handlers/site.hpp"

namespace tined::http1 {
namespace {

using ledger::Fate;
using Kind = protocol::Need::Kind;

constexpr std::uint32_t kArenaSize = 1U << 20;

struct Wire {
  explicit Wire(std::uint32_t arena_size = kArenaSize) : memory(1, arena_size) {
    conversation.record = &record;
    listener.name = "web";
    config::Route hello;
    hello.path = "/";
    config::Respond respond;
    respond.body = "hello";
    hello.handler = respond;
    hello.replay = config::Replay::safe;
    config::Route files;
    files.path = "/files";
    config::Static root;
    root.root = directory.At("");
    files.handler = root;
    listener.routes = {hello, files};
    directory.Write("large", std::string(100'000, 'x'));
    routes.emplace(listener, 0, handlers::Context{.file_cache = cache});
    clock.Refresh();
  }

  /// Puts `bytes` behind the input and lets the protocol go on.
  protocol::Need Arrives(std::string_view bytes) {
    BOOST_REQUIRE(transport::MakeInputRoom(arena, conversation));
    std::memcpy(arena.At(record.input_offset() + record.input_size()), bytes.data(), bytes.size());
    record.received.store(record.received + bytes.size());
    return http.Advance(conversation, *routes);
  }
  [[nodiscard]] std::string Batch() {
    return {arena.At(conversation.output.offset), record.output_size()};
  }
  /// The statuses of all answers in the batch.
  [[nodiscard]] std::string Statuses() {
    const std::string batch = Batch();
    std::string all;
    for (std::size_t at = 0; (at = batch.find("HTTP/1.1 ", at)) != std::string::npos; at += 9) {
      all += batch.substr(at + 9, 3) + " ";
    }
    return all;
  }

  handlers::test::Directory directory;
  ledger::Ledger memory;
  ledger::Arena arena{memory.arena()};
  ledger::Record& record = memory.records()[0];
  loop::Loop loop;
  config::Config config;
  config::Listener listener;
  exchange::WallClockText clock;
  exchange::AccessLog log{Descriptor(), config::AccessLog::Format::combined,
                          memory.board().access_lines_lost};
  shared::Quarantine quarantine;
  handlers::FileCache cache;
  std::optional<exchange::Routes> routes;
  exchange::Exchanges exchanges{{config, memory.board(), log, clock, loop, quarantine}};
  Http1 http{config.limits, arena, exchanges};
  protocol::Conversation conversation;
};

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

BOOST_FIXTURE_TEST_SUITE(Http1Test, Wire)

BOOST_AUTO_TEST_CASE(a_request_is_answered_and_more_input_needed) {
  const protocol::Need need = Arrives(kGet);
  BOOST_TEST((need.kind == Kind::input));
  BOOST_TEST(!need.is_body);
  BOOST_TEST(Batch().ends_with("\r\n\r\nhello"));
  BOOST_TEST(record.input_size() == 0U);
  BOOST_TEST((record.phase == ledger::Phase::writing));
  BOOST_TEST(conversation.progress == nullptr);
  BOOST_TEST(http.CanTravel(conversation));
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_one_batch) {
  BOOST_TEST((Arrives(kGet + kGet + kGet).kind == Kind::input));
  BOOST_TEST(Statuses() == "200 200 200 ");
  BOOST_TEST(record.requests == 3U);
}

BOOST_AUTO_TEST_CASE(a_request_that_trickles_in_is_answered_once_it_is_whole) {
  protocol::Need need;
  for (const char c : kGet) need = Arrives({&c, 1});
  BOOST_TEST((need.kind == Kind::input));
  BOOST_TEST(Statuses() == "200 ");
}

BOOST_AUTO_TEST_CASE(a_body_is_asked_for_once_and_waited_for) {
  const std::string header =
      "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
  const protocol::Need need = Arrives(header);
  BOOST_TEST((need.kind == Kind::input));
  BOOST_TEST(need.is_body);
  BOOST_TEST(Statuses() == "100 ");
  BOOST_TEST(Arrives("a").is_body);
  BOOST_TEST(!Arrives("bc").is_body);
  BOOST_TEST(Statuses() == "100 200 ");
}

BOOST_AUTO_TEST_CASE(what_is_malformed_is_refused_and_the_end) {
  BOOST_TEST((Arrives("nonsense\r\n\r\n" + kGet).kind == Kind::end));
  BOOST_TEST(Statuses() == "400 ");
  BOOST_TEST(record.closes_after_output());
}

BOOST_AUTO_TEST_CASE(a_client_that_wants_no_more_ends_the_connection) {
  BOOST_TEST((Arrives("GET / HTTP/1.0\r\n\r\n").kind == Kind::end));
  BOOST_TEST(Statuses() == "200 ");
}

BOOST_AUTO_TEST_CASE(a_file_goes_out_before_the_next_request_is_looked_at) {
  BOOST_TEST((Arrives("GET /files/large HTTP/1.1\r\nHost: a\r\n\r\n" + kGet).kind == Kind::room));
  BOOST_TEST(Statuses() == "200 ");
  BOOST_TEST(record.part_count == 1U);
  record.sent.store(record.output_size() + 100'000);
  transport::FinishBatch(arena, conversation);
  BOOST_TEST((http.Advance(conversation, *routes).kind == Kind::input));
  BOOST_TEST(Batch().ends_with("hello"));
}

BOOST_AUTO_TEST_CASE(a_batch_has_an_end) {
  std::string many;
  for (int i = 0; i < 800; ++i) many += kGet;
  BOOST_TEST((Arrives(many).kind == Kind::room));
  BOOST_TEST(record.output_size() >= protocol::BatchLimit(arena));
  BOOST_TEST(record.input_size() > 0U);
}

BOOST_AUTO_TEST_CASE(silence_in_the_middle_of_a_request_is_a_408) {
  (void)Arrives("GET / HT");
  BOOST_TEST((http.OnSilence(conversation).kind == Kind::end));
  BOOST_TEST(Statuses() == "408 ");
}

BOOST_AUTO_TEST_CASE(what_a_request_did_to_another_worker_decides_whether_it_runs) {
  conversation.fate = Fate::culprit;
  (void)Arrives(kGet);
  BOOST_TEST(Statuses() == "500 ");
  Wire once;
  once.conversation.fate = Fate::interrupted;
  (void)once.Arrives("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  BOOST_TEST(once.Statuses() == "502 ");
  Wire again;
  again.conversation.fate = Fate::interrupted;
  (void)again.Arrives(kGet + "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  BOOST_TEST(again.Statuses() == "200 200 ");  // What is behind it has been through nothing.
}

BOOST_AUTO_TEST_CASE(without_memory_for_an_answer_there_are_last_words) {
  Wire small(ledger::Arena::kSmallest);
  const protocol::Need need = small.Arrives(kGet);
  BOOST_TEST((need.kind == Kind::end));
  BOOST_TEST(need.has_last_words);
  BOOST_TEST(small.http.last_words().starts_with("HTTP/1.1 503 "));
  BOOST_TEST(small.record.closes_after_output());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http1

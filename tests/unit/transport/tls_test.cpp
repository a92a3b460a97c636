// A connection's bytes as TLS records: between a real socket and the record, with a client that
// checks every byte; in one process, and from one to the next in the middle of everything.
#include "transport/tls.hpp"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "channels/handoff.hpp"
#include "ledger/composer.hpp"
#include "ledger/ledger.hpp"
#include "protocol/conversation.hpp"
#include "tests/file_ways.hpp"
#include "tests/unit/tls/client.hpp"

namespace tined::transport {
namespace {

using tls::test::BytesOf;
using tls::test::ByteString;
using tls::test::Client;
using tls::test::Example;

/// What a worker has: its memory, and what all its connections share.
struct Worker {
  ledger::Ledger ledger{2, 32U << 20};
  ledger::Arena arena{ledger.arena()};
  loop::Loop loop;
  config::Threads settings;
  backends::Threads threads{loop, settings, ledger.board().threads};
  backends::FileReader files{loop, threads};
  std::unique_ptr<tls::Aead> aead = tls::MakeAead(tls::Library::automatic);
  tls::KeySchedule schedule;
  Tls tls{arena, files, {*aead, schedule}};
  protocol::Conversation conversation;

  Worker() {
    conversation.record = &ledger.records()[0];
    conversation.record->listener = ledger::ListenerName("web");
  }
  ~Worker() { BOOST_TEST(files.Quiesce(std::chrono::seconds(20))); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  [[nodiscard]] ledger::Record& record() { return *conversation.record; }
  [[nodiscard]] ledger::TlsState& state() { return ledger.tls_states()[0]; }
  [[nodiscard]] std::string Input() { return std::string(conversation.Input(arena)); }

  void Begin(const ledger::TlsPart& part, int socket) {
    record().descriptor = socket;
    BOOST_TEST_REQUIRE(RestoreTls(arena, part, state(), tls.KeysFor(0), conversation));
  }
  void Answer(std::string_view bytes, bool closes = false) {
    ledger::Composer composer(arena, conversation.output, record().output_place,
                              record().output_size());
    composer.Append(bytes);
    record().Commit(composer.size(), static_cast<std::uint32_t>(record().received), closes);
  }
  /// Sends, waiting for the disk but not for the client.
  Sent Send() {
    for (;;) {
      const Sent outcome = tls.Send(conversation);
      if (outcome == Sent::done) FinishBatch(arena, conversation);
      if (outcome != Sent::disk) return outcome;
      while (!conversation.read->is_done()) loop.Turn();
    }
  }
  /// What another process would be given of it.
  void Leave(channels::IncomingParcel& parcel) {
    BOOST_TEST_REQUIRE(protocol::Describe(arena, conversation, parcel));
    BOOST_TEST_REQUIRE((parcel.tls != nullptr));
    ledger::Detach(parcel);
    if (record().file >= 0) parcel.file.Reset(Check(::dup(record().file), "dup"));
  }
};

struct Scene {
  explicit Scene(tls::Suite suite = tls::Suite::aes_128_gcm_sha256)
      : agreed(Example(suite)), client(agreed) {
    int ends[2];
    Check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), "socketpair");
    near.Reset(ends[0]);
    far.Reset(ends[1]);
    ledger::TlsPart part;
    tls::Establish(part.session, agreed);
    worker->Begin(part, near.get());
  }

  /// Another worker goes on: what the one before remembers is gone.
  void Move() {
    channels::IncomingParcel parcel;
    worker->Leave(parcel);
    auto next = std::make_unique<Worker>();
    next->Begin(*parcel.tls, near.get());
    BOOST_TEST_REQUIRE(protocol::Restore(next->arena, parcel, next->conversation));
    (void)next->tls.Resume(next->conversation);
    worker = std::move(next);
  }
  void Say(const ByteString& bytes) {
    BOOST_TEST_REQUIRE(::send(far.get(), bytes.data(), bytes.size(), 0) ==
                       static_cast<ssize_t>(bytes.size()));
  }
  Received Receive() { return worker->tls.Receive(worker->conversation); }
  /// Takes what has come, `most` bytes.
  std::size_t Hear(std::size_t most = SIZE_MAX) {
    std::uint8_t buffer[4096];
    std::size_t heard = 0;
    while (heard < most) {
      const ssize_t got = ::recv(far.get(), buffer, std::min(most - heard, sizeof buffer), 0);
      if (got <= 0) break;
      stream.insert(stream.end(), buffer, buffer + got);
      heard += static_cast<std::size_t>(got);
    }
    return heard;
  }

  tls::Agreed agreed;
  Client client;
  Descriptor near;
  Descriptor far;
  std::unique_ptr<Worker> worker = std::make_unique<Worker>();
  ByteString stream;  ///< what the client has received
};

std::string Pattern(std::size_t size, unsigned step = 7) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * step / 5 % 26);
  return text;
}

BOOST_FIXTURE_TEST_SUITE(TlsTest, Scene)

BOOST_AUTO_TEST_CASE(a_request_arrives_and_its_answer_leaves_as_one_record) {
  Say(client.Data("GET / HTTP/1.1\r\n\r\n"));
  BOOST_TEST((Receive() == Received::bytes));
  BOOST_TEST(worker->Input() == "GET / HTTP/1.1\r\n\r\n");
  worker->Answer("HTTP/1.1 200 OK\r\n\r\n");
  BOOST_TEST((worker->Send() == Sent::done));
  Hear();
  const auto records = client.Read(stream);
  BOOST_TEST_REQUIRE(records.size() == 1U);
  BOOST_TEST(tls::test::TextOf(records[0].content) == "HTTP/1.1 200 OK\r\n\r\n");
  // Nothing of it is kept.
  BOOST_TEST(worker->conversation.tls->records.size == 0U);
  BOOST_TEST(worker->conversation.tls->window.size == 0U);
}

BOOST_AUTO_TEST_CASE(records_come_in_any_pieces) {
  const std::string text = Pattern(40000);
  ByteString sealed;
  for (std::size_t at = 0; at < text.size(); at += 16000) {
    const ByteString record = client.Data(text.substr(at, 16000));
    sealed.insert(sealed.end(), record.begin(), record.end());
  }
  for (std::size_t at = 0; at < sealed.size();) {
    const std::size_t size = std::min<std::size_t>(1 + at % 3001, sealed.size() - at);
    Say({sealed.begin() + static_cast<std::ptrdiff_t>(at),
         sealed.begin() + static_cast<std::ptrdiff_t>(at + size)});
    BOOST_TEST((Receive() != Received::end));
    at += size;
    if (at % 5 == 0) Move();
  }
  while (Receive() == Received::bytes) {
  }
  BOOST_TEST((worker->Input() == text));
}

BOOST_AUTO_TEST_CASE(an_answer_goes_on_in_the_next_worker_wherever_the_one_before_has_stopped) {
  const int small = 4096;
  ::setsockopt(near.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  const std::string text = Pattern(300000);
  worker->Answer(text);
  std::size_t turn = 0;
  while (worker->Send() == Sent::blocked) {
    Move();
    BOOST_TEST_REQUIRE(Hear(1 + turn++ * 977 % 9000) > 0U);
  }
  Hear();
  BOOST_TEST((client.ReadData(stream) == text));
  BOOST_TEST(turn > 10U);
}

BOOST_DATA_TEST_CASE_F(Scene, files_are_sealed_in_every_way_of_reading,
                       boost::unit_test::data::make(test::kFileWays), io) {
  const std::string text = Pattern(200000, 11);
  Descriptor memory(Check(::memfd_create("file", MFD_CLOEXEC), "memfd_create"));
  Check(::pwrite(memory.get(), text.data(), text.size(), 0), "pwrite");
  const auto found = std::find(test::kFileWays.begin(), test::kFileWays.end(), io);
  const auto way = static_cast<config::FileIo>(found - test::kFileWays.begin());
  const auto file = std::make_shared<answer::OpenFile>(answer::OpenFile{std::move(memory), way});
  BOOST_TEST_REQUIRE(
      AttachFile(worker->arena, worker->conversation, file, {{6, 100, 150000}, {10, 0, 50}}));
  worker->Answer("head: and tail");
  std::size_t turn = 0;
  while (worker->Send() == Sent::blocked || turn == 0) {
    if (++turn % 2 == 0) Move();
    Hear();
  }
  Hear();
  BOOST_TEST((client.ReadData(stream) ==
              "head: " + text.substr(100, 150000) + "and " + text.substr(0, 50) + "tail"));
}

BOOST_AUTO_TEST_CASE(a_last_answer_ends_with_close_notify_in_the_same_send) {
  worker->Answer("bye", /*closes=*/true);
  BOOST_TEST((worker->Send() == Sent::done));
  Hear();
  const auto records = client.Read(stream);
  BOOST_TEST_REQUIRE(records.size() == 2U);
  BOOST_TEST((records[1].type == tls::ContentType::alert));
  BOOST_TEST(records[1].content == (ByteString{1, 0}));
  worker->tls.SayEnd(worker->conversation);
  BOOST_TEST(Hear() == 0U);
}

BOOST_AUTO_TEST_CASE(the_end_is_said_when_nothing_else_is_on_its_way) {
  worker->tls.SayEnd(worker->conversation);
  Hear();
  const auto records = client.Read(stream);
  BOOST_TEST_REQUIRE(records.size() == 1U);
  BOOST_TEST((records[0].type == tls::ContentType::alert));
}

BOOST_AUTO_TEST_CASE(a_client_that_ends_behind_its_request_is_heard_first) {
  ByteString both = client.Data("last");
  const ByteString end = client.Alert(1, 0);
  both.insert(both.end(), end.begin(), end.end());
  Say(both);
  BOOST_TEST((Receive() == Received::bytes));
  BOOST_TEST(worker->Input() == "last");
  BOOST_TEST(worker->conversation.has_ended);
  Move();
  BOOST_TEST(worker->conversation.has_ended);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_answered_with_an_alert) {
  ByteString record = client.Data("x");
  record.back() ^= 1;
  Say(record);
  BOOST_TEST((Receive() == Received::fault));
  Hear();
  const auto records = client.Read(stream);
  BOOST_TEST_REQUIRE(records.size() == 1U);
  BOOST_TEST(records[0].content == (ByteString{2, 20}));
}

BOOST_AUTO_TEST_CASE(a_clients_alert_ends_all_without_a_word) {
  Say(client.Alert(2, 80));
  BOOST_TEST((Receive() == Received::over));
  BOOST_TEST(Hear() == 0U);
}

BOOST_AUTO_TEST_CASE(a_part_of_a_record_counts_as_it_arrives) {
  const ByteString record = client.Data("request");
  const std::uint64_t before = BytesArrived(worker->conversation);
  BOOST_TEST(!HasPart(worker->conversation));
  Say({record.begin(), record.begin() + 10});
  BOOST_TEST((Receive() == Received::nothing));
  BOOST_TEST(HasPart(worker->conversation));
  BOOST_TEST(BytesArrived(worker->conversation) == before + 10);
  Say({record.begin() + 10, record.end()});
  BOOST_TEST((Receive() == Received::bytes));
  BOOST_TEST(BytesArrived(worker->conversation) == before + record.size());
}

BOOST_AUTO_TEST_CASE(a_key_update_is_answered_in_front_of_the_next_answer) {
  Say(client.KeyUpdate(1));
  BOOST_TEST((Receive() == Received::nothing));
  Move();
  Say(client.Data("q"));
  BOOST_TEST((Receive() == Received::bytes));
  worker->Answer("a");
  BOOST_TEST((worker->Send() == Sent::done));
  Hear();
  const auto records = client.Read(stream);
  BOOST_TEST_REQUIRE(records.size() == 2U);
  BOOST_TEST((records[0].type == tls::ContentType::handshake));
  BOOST_TEST(tls::test::TextOf(records[1].content) == "a");
}

BOOST_AUTO_TEST_CASE(a_session_that_was_scribbled_over_is_not_gone_on_with) {
  worker->state().session.outbound[0].sequence = 0;
  worker->state().session.outbound[1].sequence = 0;
  worker->Answer("x");
  BOOST_TEST((worker->Send() == Sent::broken));
  BOOST_TEST(Hear() == 0U);
  channels::IncomingParcel parcel;
  BOOST_TEST(!protocol::Describe(worker->arena, worker->conversation, parcel));
}

BOOST_AUTO_TEST_CASE(what_is_known_of_a_client_travels_and_takes_a_block_only_where_it_is_long) {
  constexpr std::size_t kShort = ledger::TlsState::kShortFacts;
  for (const std::size_t size : {std::size_t{0}, kShort, kShort + 1, std::size_t{2000}}) {
    const std::string facts = Pattern(size);
    ledger::TlsPart part;
    tls::Establish(part.session, agreed);
    part.facts = facts;
    Worker fresh;
    fresh.Begin(part, near.get());
    BOOST_TEST(fresh.arena.used() == (size > kShort ? ledger::Arena::kSmallest : 0U));
    BOOST_TEST(fresh.conversation.tls->told.facts == facts);
    channels::IncomingParcel parcel;
    fresh.Leave(parcel);
    BOOST_TEST(parcel.tls->facts == facts);
    EndTls(fresh.arena, fresh.conversation);
    BOOST_TEST(fresh.arena.used() == 0U);
  }
}

BOOST_AUTO_TEST_CASE(the_end_leaves_no_secret_behind) {
  EndTls(worker->arena, worker->conversation);
  const tls::Session& session = worker->state().session;
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&session.inbound_secrets);
  BOOST_TEST(std::all_of(bytes, bytes + sizeof session.inbound_secrets,
                         [](std::uint8_t byte) { return byte == 0; }));
  BOOST_TEST(worker->record().closes_after_output());
  BOOST_TEST(worker->record().is_tls == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::transport

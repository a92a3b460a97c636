// What a parcel is made of, how it travels, and that nonsense is refused wherever it comes from.
#include "channels/handoff.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <random>

#include "channels/inbox.hpp"
#include "ledger/composer.hpp"
#include "ledger/ledger.hpp"

namespace tined::channels {
namespace {

using ledger::Arena;
using ledger::Block;
using ledger::Composer;
using ledger::Describe;
using ledger::Fate;
using ledger::Holdings;
using ledger::kLargestParcel;
using ledger::kLargestState;
using ledger::Ledger;
using ledger::ListenerName;
using ledger::Observed;
using ledger::Parcel;
using ledger::Record;
using ledger::StatePlace;

struct Carried {
  Carried() {
    int ends[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    near.Reset(ends[0]);
    far.Reset(ends[1]);
    record.listener = ListenerName("web");
    record.descriptor = near.get();
  }
  void Input(std::string_view bytes) {
    const Block block = arena.Allocate(bytes.size());
    std::memcpy(arena.At(block.offset), bytes.data(), bytes.size());
    record.PlaceInput(block.offset, 0);
    record.received = bytes.size();
  }
  void Output(std::string_view bytes) {
    Block block;
    Composer composer(arena, block, record.output_place, 0);
    composer.Append(bytes);
    record.Commit(composer.size(), record.answered());
  }
  void State(std::string_view bytes) {
    const Block block = arena.Allocate(bytes.size());
    std::memcpy(arena.At(block.offset), bytes.data(), bytes.size());
    const StatePlace place{block.offset, static_cast<std::uint32_t>(bytes.size())};
    record.CommitMessage(record.output_size(), record.answered(), false, &place);
  }
  bool Describes(const Observed& observed = {}) {
    return Describe(record, ledger.arena(), observed, parcel);
  }
  /// Sends the parcel and receives it.
  ReceiveResult Travel() {
    BOOST_REQUIRE((SendParcel(channel.child.get(), parcel, near.get(), -1) == SendResult::sent));
    return inbox.Receive(channel.supervisor.get(), arrived);
  }

  Ledger ledger{4, 16U << 20};
  Arena arena{ledger.arena()};
  Inbox inbox{ledger.inbox()};
  Record& record = ledger.records()[0];
  ControlPair channel = MakeControlPair();
  Descriptor near;
  Descriptor far;
  Parcel parcel;
  IncomingParcel arrived;
};

BOOST_FIXTURE_TEST_SUITE(ParcelTest, Carried)

BOOST_AUTO_TEST_CASE(input_and_output_are_described) {
  Input("GET /a");
  Output("answer");
  BOOST_REQUIRE(Describes({.batch_position = 3}));
  BOOST_TEST(parcel.input == "GET /a");
  BOOST_TEST(parcel.output == "answer");
  BOOST_TEST(parcel.facts.batch_position == 3U);
}

BOOST_AUTO_TEST_CASE(bytes_that_the_kernel_delivered_unrecorded_count) {
  Input("GET /a");
  record.received = 4;
  BOOST_REQUIRE(Describes({.unrecorded = 2}));
  BOOST_TEST(parcel.input == "GET /a");
  BOOST_TEST(parcel.facts.received == 6U);
}

BOOST_AUTO_TEST_CASE(answered_input_is_left_out) {
  Input("GET /aGET /b");
  record.Commit(0, 6);
  BOOST_REQUIRE(Describes());
  BOOST_TEST(parcel.input == "GET /b");
}

BOOST_AUTO_TEST_CASE(behind_the_last_answer_no_input_counts) {
  Input("GET /a");
  record.Commit(0, 0, /*close=*/true);
  BOOST_REQUIRE(Describes({.unrecorded = 100}));
  BOOST_TEST(parcel.input.empty());
  BOOST_TEST(parcel.facts.closes_after_output);
}

BOOST_AUTO_TEST_CASE(the_state_committed_last_is_the_one) {
  BOOST_REQUIRE(Describes());
  BOOST_TEST(parcel.state.empty());
  BOOST_TEST(!parcel.is_opened);
  for (const std::string_view state : {"one", "two", "", "three"}) {
    State(state);
    Output("answer");
    // What is being written for the next answer does not count yet.
    const bool is_second = (record.committed & Record::kSecondState) != 0;
    record.states[is_second ? 0 : 1] = {~0U, ~0U};
    BOOST_REQUIRE(Describes());
    BOOST_TEST(parcel.state == state);
    BOOST_TEST(parcel.output == "answer");
    BOOST_TEST(parcel.is_opened);
  }
  record.CommitMessage(0, 0, /*close=*/false, nullptr);
  BOOST_REQUIRE(Describes());
  BOOST_TEST(parcel.state == "three");
}

BOOST_AUTO_TEST_CASE(a_request_is_begun_until_its_answer_counts) {
  Input("GET /aGET /b");
  BOOST_TEST(!record.is_begun());
  Output("of those before");
  record.Begin(record.exchange);
  BOOST_TEST(record.is_begun());
  // Those before go out meanwhile.
  record.Commit(0, 0);
  BOOST_TEST(record.is_begun());
  record.Commit(3, 6);
  BOOST_TEST(!record.is_begun());
  record.Begin(record.exchange);
  record.Commit(6, 12, /*close=*/true);
  BOOST_TEST(!record.is_begun());
}

BOOST_AUTO_TEST_CASE(an_opening_is_begun_until_its_answer_counts_and_uses_nothing) {
  record.Begin(record.exchange);
  BOOST_TEST(record.is_begun());
  record.CommitMessage(5, 0, /*close=*/false, nullptr);
  BOOST_TEST(!record.is_begun());
  BOOST_TEST(record.answered() == 0U);
}

BOOST_AUTO_TEST_CASE(a_state_travels_with_the_rest) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{kLargestState}}) {
    Input(std::string(size * 2 + 1, 'i'));
    Output(std::string(size + 1, 'o'));
    const std::string state(size, 's');
    State(state);
    BOOST_REQUIRE(Describes());
    BOOST_REQUIRE((Travel() == ReceiveResult::received));
    BOOST_TEST((arrived.state == state), size);
    BOOST_TEST((arrived.input == parcel.input));
    BOOST_TEST((arrived.output == parcel.output));
    BOOST_TEST(arrived.is_opened);
    Detach(parcel);
    BOOST_TEST((parcel.state == state));
    BOOST_TEST((parcel.output == arrived.output));
  }
}

BOOST_AUTO_TEST_CASE(a_state_that_is_too_long_makes_no_sense) {
  const std::string state(kLargestState + 1, 's');
  State(state);
  BOOST_TEST(!Describes());
}

BOOST_AUTO_TEST_CASE(what_was_sent_without_a_batch_is_what_the_kernel_says) {
  record.sent_before = 10;
  BOOST_REQUIRE(Describes({.sent_before = 99}));
  BOOST_TEST(parcel.facts.sent_before == 99U);
}

BOOST_AUTO_TEST_CASE(a_seal_holds_for_that_record_as_it_is) {
  Output("answer");
  record.Seal(7);
  BOOST_TEST(record.IsSealed(7));
  BOOST_TEST(!record.IsSealed(8));
  auto* const bytes = reinterpret_cast<unsigned char*>(&record);
  for (std::size_t i = 0; i < sizeof(Record); ++i) {
    for (const int change : {1, 0x80, 0xff}) {
      bytes[i] = static_cast<unsigned char>(bytes[i] ^ change);
      BOOST_TEST(!record.IsSealed(7), i);
      bytes[i] = static_cast<unsigned char>(bytes[i] ^ change);
    }
  }
  BOOST_TEST(record.IsSealed(7));
  record.sent = 3;
  record.Seal(7);
  BOOST_TEST(record.IsSealed(7));
}

BOOST_AUTO_TEST_CASE(what_is_shown_lies_in_a_block_of_its_owners) {
  Arena tagged(ledger.arena(), ledger.tags());
  const auto describes = [&](std::uint32_t owner) {
    return Describe(record, Holdings(ledger.arena(), ledger.tags(), owner), {}, parcel);
  };
  for (const std::uint32_t size : {1U, 16U << 10, 100U << 10, 2U << 20}) {
    (void)tagged.SetOwner(3);
    Block block = tagged.Allocate(size);
    (void)tagged.SetOwner(4);
    Block other = tagged.Allocate(size);
    record.output_place = block.offset;
    record.Commit(size, 0);
    BOOST_TEST(describes(3), size);
    BOOST_TEST(!describes(4), size);
    record.output_place = other.offset;
    BOOST_TEST(!describes(3), size);
    record.output_place = block.offset + block.size - 1;
    record.Commit(2, 0);
    BOOST_TEST(!describes(3), size);
    record.Commit(1, 0);
    BOOST_TEST(describes(3), size);
    tagged.Free(block);
    tagged.Free(other);
    BOOST_TEST(!describes(3), size);
  }
}

BOOST_AUTO_TEST_CASE(more_than_a_parcel_carries_makes_no_sense) {
  Ledger large(1, 1U << 30);
  Record& wide = large.records()[0];
  wide.listener = ListenerName("web");
  wide.Commit(static_cast<std::uint32_t>(kLargestParcel / 2), 0);
  wide.received = kLargestParcel / 2;
  BOOST_TEST(Describe(wide, large.arena(), {}, parcel));
  wide.received = kLargestParcel / 2 + 1;
  BOOST_TEST(!Describe(wide, large.arena(), {}, parcel));
}

BOOST_AUTO_TEST_CASE(more_sent_than_there_is_makes_no_sense) {
  Output("answer");
  BOOST_TEST(Describes({.batch_position = 6}));
  BOOST_TEST(!Describes({.batch_position = 7}));
}

BOOST_AUTO_TEST_CASE(random_records_never_lead_outside_the_arena) {
  std::mt19937_64 random(1);
  auto* const bytes = reinterpret_cast<unsigned char*>(&record);
  int described = 0;
  for (int round = 0; round < 20000; ++round) {
    for (std::size_t i = 0; i < sizeof(Record); ++i) {
      bytes[i] = random() % 3 == 0 ? static_cast<unsigned char>(random()) : 0;
    }
    record.listener = ListenerName("web");
    if (!Describes({.unrecorded = random() % 64, .batch_position = random() % 64})) continue;
    ++described;
    for (const std::string_view view : {parcel.input, parcel.output}) {
      if (view.empty()) continue;
      BOOST_REQUIRE((view.data() >= ledger.arena().data()));
      BOOST_REQUIRE((view.data() + view.size() <= ledger.arena().data() + ledger.arena().size()));
    }
  }
  BOOST_TEST(described > 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(HandoffTest, Carried)

BOOST_AUTO_TEST_CASE(a_connection_arrives_as_it_was_sent) {
  Input("GET /a");
  Output("answer");
  BOOST_REQUIRE(Describes({.batch_position = 2, .fate = Fate::interrupted}));
  BOOST_REQUIRE((Travel() == ReceiveResult::received));
  BOOST_TEST(arrived.input == "GET /a");
  BOOST_TEST(arrived.output == "answer");
  BOOST_TEST(arrived.facts.batch_position == 2U);
  BOOST_TEST((arrived.facts.fate == Fate::interrupted));
  BOOST_TEST(::write(arrived.socket.get(), "x", 1) == 1);
  char byte = 0;
  BOOST_TEST(::read(far.get(), &byte, 1) == 1);
}

BOOST_AUTO_TEST_CASE(the_deaths_that_it_has_been_through_travel_along) {
  record.faults = 1;
  record.kills = 5;
  BOOST_REQUIRE(Describes());
  BOOST_REQUIRE((Travel() == ReceiveResult::received));
  BOOST_TEST(arrived.facts.faults == 1);
  BOOST_TEST(arrived.facts.kills == 5);
  BOOST_TEST(!arrived.facts.has_cost_enough());
  arrived.facts.faults = 2;
  BOOST_TEST(arrived.facts.has_cost_enough());
}

BOOST_AUTO_TEST_CASE(how_its_file_is_read_travels_along) {
  record.file_io = static_cast<std::uint8_t>(config::FileIo::nonblocking);
  BOOST_REQUIRE(Describes());
  BOOST_REQUIRE((Travel() == ReceiveResult::received));
  BOOST_TEST((arrived.file_io == config::FileIo::nonblocking));
}

BOOST_AUTO_TEST_CASE(an_unknown_way_to_read_a_file_is_sendfile) {
  record.file_io = 200;
  BOOST_REQUIRE(Describes());
  BOOST_TEST((parcel.file_io == config::FileIo::sendfile));
}

BOOST_AUTO_TEST_CASE(its_bytes_stay_good_when_it_is_moved) {
  Input("GET");
  BOOST_REQUIRE(Describes());
  BOOST_REQUIRE((Travel() == ReceiveResult::received));
  const IncomingParcel moved = std::move(arrived);
  arrived = {};
  BOOST_TEST(moved.input == "GET");
}

BOOST_AUTO_TEST_CASE(much_travels_in_memory_of_its_own) {
  const std::string much(3U << 20, 'x');
  Input(much);
  BOOST_REQUIRE(Describes());
  BOOST_REQUIRE((Travel() == ReceiveResult::received));
  BOOST_TEST((arrived.input == much));
}

BOOST_AUTO_TEST_CASE(what_a_dead_worker_had_received_is_recovered) {
  Input("GET /a");
  BOOST_REQUIRE(Describes());
  BOOST_REQUIRE((Travel() == ReceiveResult::received));
  BOOST_TEST(inbox.Take().socket() == arrived.socket.get());
  IncomingParcel recovered;
  BOOST_TEST(inbox.Take().Recover([](int number) { return Descriptor(::dup(number)); }, recovered));
  BOOST_TEST(recovered.input == "GET /a");
  inbox.Clear();
  BOOST_TEST(inbox.Take().socket() == -1);
}

BOOST_AUTO_TEST_CASE(much_that_a_dead_worker_had_received_is_recovered_too) {
  const std::string much(3U << 20, 'x');
  Input(much);
  BOOST_REQUIRE(Describes());
  BOOST_REQUIRE((Travel() == ReceiveResult::received));
  IncomingParcel recovered;
  BOOST_TEST(inbox.Take().Recover([](int number) { return Descriptor(::dup(number)); }, recovered));
  BOOST_TEST((recovered.input == much));
}

BOOST_AUTO_TEST_CASE(junk_on_the_channel_is_dropped) {
  std::mt19937 random(1);
  for (int i = 0; i < 100; ++i) {
    std::string junk(random() % 300 + 1, '\0');
    for (char& byte : junk) byte = static_cast<char>(random());
    BOOST_REQUIRE(::send(channel.child.get(), junk.data(), junk.size(), 0) > 0);
    BOOST_TEST((inbox.Receive(channel.supervisor.get(), arrived) == ReceiveResult::empty));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::channels

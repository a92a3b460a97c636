// Memory that another process writes while it is read: whatever it does, a reader's copies are
// whole and checked, and stay so.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cctype>
#include <cstring>
#include <random>

#include "base/shared.hpp"
#include "base/snapshot.hpp"
#include "channels/handoff.hpp"
#include "channels/inbox.hpp"
#include "ledger/ledger.hpp"
#include "tests/kill.hpp"

namespace tined::channels {
namespace {

using ledger::Describe;
using ledger::kMostParts;
using ledger::Ledger;
using ledger::ListenerName;
using ledger::Parcel;
using ledger::Record;
using ledger::Validate;

/// A process that calls `write(round)` again and again as long as this object lives.
class Writer {
 public:
  template <typename Write>
  explicit Writer(Write write) : pid_(::fork()) {
    if (pid_ != 0) return;
    ::alarm(60);  // Should this test die.
    for (std::uint32_t round = 0;; ++round) write(round);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    if (pid_ <= 0) return;
    test::Kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_;
};

/// Stores that no compiler leaves out.
template <typename T>
void Store(char* at, T value) {
  volatile char* to = at;
  std::array<char, sizeof(T)> bytes;
  std::memcpy(bytes.data(), &value, sizeof value);
  for (std::size_t i = 0; i < bytes.size(); ++i) to[i] = bytes[i];
}

struct Watched {
  Watched() {
    record.listener = ListenerName("web");
    for (std::size_t i = 0; i < ledger.arena().size(); ++i) ledger.arena()[i] = 'a';
  }

  Ledger ledger{4, 1U << 20};
  Inbox inbox{ledger.inbox()};
  Record& record = ledger.records()[0];
};

constexpr int kRounds = 20000;

BOOST_FIXTURE_TEST_SUITE(ConcurrentWriterTest, Watched)

BOOST_AUTO_TEST_CASE(an_inbox_is_read_as_it_was_at_one_time) {
  const ControlPair channel = MakeControlPair();
  Parcel parcel;
  parcel.facts.listener = ListenerName("web");
  const std::string input(200, 'i');
  parcel.input = input;
  parcel.facts.received = input.size();
  BOOST_REQUIRE((SendParcel(channel.child.get(), parcel, STDERR_FILENO, -1) == SendResult::sent));
  IncomingParcel arrived;
  BOOST_REQUIRE((inbox.Receive(channel.supervisor.get(), arrived) == ReceiveResult::received));
  // What the head begins with (handoff_message.hpp): magic, version and flags, sizes of input and
  // output, number of parts.
  const std::string_view magic("enit");
  const auto head =
      std::search(ledger.inbox().begin(), ledger.inbox().end(), magic.begin(), magic.end());
  BOOST_REQUIRE((head != ledger.inbox().end()));
  char* const at = &*head;
  char* const control = ledger.inbox().data();
  const Writer writer([&](std::uint32_t round) {
    Store<std::uint32_t>(at + 8, round % 2 == 0 ? 100U : 40000U);
    Store<std::uint32_t>(at + 12, round % 3 == 0 ? 0U : 0xfffffff0U);
    Store<std::uint32_t>(at + 16, round % 5 == 0 ? 0U : 1024U);
    Store<std::uint32_t>(at + 12, 0U);
    Store<std::uint32_t>(at + 16, 0U);
    Store<std::uint64_t>(control, round % 7 == 0 ? 0xffffffffffU : 20U);
  });
  int recovered = 0;
  for (int round = 0; round < kRounds; ++round) {
    IncomingParcel left;
    const auto fetch = [](int) { return Descriptor(::dup(STDERR_FILENO)); };
    if (!inbox.Take().Recover(fetch, left)) continue;
    ++recovered;
    BOOST_REQUIRE(left.input.size() + left.output.size() <= left.storage.size());
    BOOST_REQUIRE(Validate(left, false) == nullptr);
  }
  BOOST_WARN(recovered > 0);  // As a rule; the two may also take turns.
}

BOOST_AUTO_TEST_CASE(what_is_made_of_a_record_is_what_was_checked) {
  record.part_count = 2;
  record.Commit(1000, 0);
  const Writer writer([&](std::uint32_t round) {
    auto* const bytes = reinterpret_cast<char*>(&record);
    const std::uint32_t committed_at = offsetof(Record, committed);
    Store<std::uint32_t>(bytes + committed_at, round % 2 == 0 ? 1000U : Record::kSize);
    Store<std::uint32_t>(bytes + offsetof(Record, part_count), round % 3 == 0 ? 0xffffffffU : 2U);
    Store<std::uint32_t>(bytes + offsetof(Record, part_count), round % 5);
    Store<std::uint32_t>(bytes + offsetof(Record, parts_place), round % 7 == 0 ? ~0U : 4096U);
    // The parts themselves, in the arena.
    Store<std::uint64_t>(ledger.arena().data() + 4096, round % 2 == 0 ? 10U : ~0U);
    Store<std::uint64_t>(ledger.arena().data() + 4096 + 24, round % 2 == 0 ? 20U : 5U);
  });
  const char* const begin = ledger.arena().data();
  for (int round = 0; round < kRounds; ++round) {
    const Snapshot<Record> copy(record);
    Parcel parcel;
    if (!Describe(*copy, ledger.arena(), {}, parcel)) continue;
    BOOST_REQUIRE(parcel.parts.size() <= kMostParts);
    BOOST_REQUIRE(Validate(parcel, !parcel.parts.empty()) == nullptr);
    if (parcel.output.empty()) continue;
    BOOST_REQUIRE((parcel.output.data() >= begin));
    BOOST_REQUIRE((parcel.output.data() + parcel.output.size() <= begin + ledger.arena().size()));
  }
}

BOOST_AUTO_TEST_CASE(a_counters_name_is_one_that_a_report_can_show) {
  BOOST_REQUIRE(ledger.board().modules.Find("a.name") != nullptr);
  const std::string_view name("a.name");
  auto* const bytes = reinterpret_cast<char*>(&ledger.board().modules);
  char* const at =
      std::search(bytes, bytes + sizeof(shared::NamedCounters), name.begin(), name.end());
  BOOST_TEST(ledger.board().modules.all()[0].name() == name);
  const Writer writer([&](std::uint32_t round) {
    Store<char>(at + 1, round % 2 == 0 ? '.' : '\xff');
    Store<char>(at + 6, round % 3 == 0 ? '\0' : '\n');
  });
  for (int round = 0; round < kRounds; ++round) {
    const std::string read = ledger.board().modules.all()[0].name();
    BOOST_REQUIRE(std::all_of(read.begin(), read.end(),
                              [](char c) { return std::isalnum(c) != 0 || c == '.'; }));
  }
}

BOOST_AUTO_TEST_CASE(nobody_can_cut_a_ledger_short) {
  BOOST_TEST(::ftruncate(ledger.descriptor(), 4096) != 0);
  BOOST_TEST(::ftruncate(ledger.descriptor(), off_t{1} << 40) != 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::channels

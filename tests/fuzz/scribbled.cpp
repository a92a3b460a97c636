// The ledger of a dead worker while somebody goes on writing to it: what is read of its inbox, its
// control message, records and scoreboard is a copy that was checked, whatever is there a moment
// later. The input says what is written, and where.
#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <thread>

#include "base/snapshot.hpp"
#include "ledger/handoff.hpp"
#include "ledger/ledger.hpp"
#include "tests/fuzz/input.hpp"

namespace tined::ledger {
namespace {

using fuzz::Require;
using fuzz::Touch;

constexpr std::uint32_t kArenaSize = 64U << 10;

void ReadInbox(const Ledger& memory) {
  IncomingParcel parcel;
  const auto fetch = [](int) { return Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); };
  if (!Inbox(memory.inbox()).Take().Recover(fetch, parcel)) return;
  Touch(parcel.input);
  Touch(parcel.output);
  Touch(parcel.state);
  Require(Validate(parcel, static_cast<bool>(parcel.file)) == nullptr, "it makes sense");
}

void ReadRecord(const Ledger& memory) {
  const Snapshot<Record> record(memory.records()[0]);
  Touch(record->listener_name());
  Parcel parcel;
  const Holdings holdings(memory.arena(), memory.tags(), 1);
  if (!Describe(*record, holdings, {}, parcel)) return;
  Touch(parcel.input);
  Touch(parcel.output);
  Touch(parcel.state);
  Require(Validate(parcel, !parcel.parts.empty()) == nullptr, "what is described makes sense");
}

void ReadBoard(const Ledger& memory) {
  const Snapshot<CrashNote> note(memory.board().crash);
  Touch({reinterpret_cast<const char*>(note->frames.data()),
         std::min<std::size_t>(note->frame_count, note->frames.size()) * sizeof note->frames[0]});
  for (const NamedCounter& counter : memory.board().modules.all()) {
    for (const char c : counter.name()) Require(c > ' ' && c < 0x7f, "a name can be shown");
  }
}

void Check(std::string_view bytes) {
  static const Ledger memory(1, kArenaSize);
  char* const begin = reinterpret_cast<char*>(&memory.board());
  const std::size_t size = static_cast<std::size_t>(memory.arena().data() - begin) + kArenaSize;
  std::atomic<bool> goes_on{true};
  std::thread writer([&] {
    while (goes_on.load(std::memory_order_relaxed)) {
      // Four bytes of place, eight of what is written there; then the same, turned around.
      for (std::size_t at = 0; at + 12 <= bytes.size(); at += 12) {
        std::uint32_t place = 0;
        std::uint64_t word = 0;
        std::memcpy(&place, bytes.data() + at, sizeof place);
        std::memcpy(&word, bytes.data() + at + 4, sizeof word);
        char* const to = begin + place % (size - sizeof word);
        std::memcpy(to, &word, sizeof word);
        word = ~word;
        std::memcpy(to, &word, sizeof word);
      }
    }
  });
  for (int round = 0; round < 20; ++round) {
    ReadInbox(memory);
    ReadRecord(memory);
    ReadBoard(memory);
  }
  goes_on = false;
  writer.join();
}

}  // namespace
}  // namespace tined::ledger

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tined::ledger::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}

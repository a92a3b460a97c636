// A record that a dead worker's wild write may have hit, arbitrary bytes each: what is made of it
// never leads outside of the arena, and travels as it is.
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "channels/handoff.hpp"
#include "channels/inbox.hpp"
#include "ledger/ledger.hpp"
#include "tests/fuzz/input.hpp"

namespace tined::channels {
namespace {

using fuzz::Require;
using ledger::Describe;
using ledger::Ledger;
using ledger::Observed;
using ledger::Parcel;
using ledger::Record;
using ledger::Validate;

constexpr std::uint32_t kArenaSize = 64U << 10;

void CheckInside(const Ledger& memory, std::string_view view) {
  if (view.empty()) return;
  const std::span<char> arena = memory.arena();
  Require(view.data() >= arena.data() && view.size() <= arena.size() &&
              view.data() + view.size() <= arena.data() + arena.size(),
          "what a record describes lies in the arena");
}

void Check(std::string_view bytes) {
  static const Ledger memory(1, kArenaSize);
  static const ControlPair channel = MakeControlPair();
  Record& record = memory.records()[0];
  std::memset(static_cast<void*>(&record), 0, sizeof record);
  bytes.copy(reinterpret_cast<char*>(&record), sizeof record);
  Observed observed{.unrecorded = bytes.size() % 7, .batch_position = bytes.size() % 5};
  Parcel parcel;
  if (!Describe(record, memory.arena(), observed, parcel)) return;
  CheckInside(memory, parcel.input);
  CheckInside(memory, parcel.output);
  Require(Validate(parcel, !parcel.parts.empty()) == nullptr, "what is described makes sense");
  static const Descriptor regular(::memfd_create("file", MFD_CLOEXEC));
  const int file = parcel.parts.empty() ? -1 : regular.get();
  Require(SendParcel(channel.child.get(), parcel, STDERR_FILENO, file) == SendResult::sent,
          "it can be sent");
  IncomingParcel arrived;
  const Inbox inbox(memory.inbox());
  Require(inbox.Receive(channel.supervisor.get(), arrived) == ReceiveResult::received,
          "it arrives");
  Require(arrived.input == parcel.input && arrived.output == parcel.output &&
              arrived.parts.size() == parcel.parts.size(),
          "it arrives as it was sent");
}

}  // namespace
}  // namespace tined::channels

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tined::channels::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}

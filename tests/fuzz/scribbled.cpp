// The ledger of a dead worker while another process goes on writing to it: what is read of its
// inbox, its control message, records and scoreboard is a copy that was checked, whatever is there
// a moment later. The input says what is written, and where.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <new>

#include "base/snapshot.hpp"
#include "channels/handoff.hpp"
#include "channels/inbox.hpp"
#include "ledger/ledger.hpp"
#include "tests/fuzz/input.hpp"

namespace tined::ledger {
namespace {

using fuzz::Require;
using fuzz::Touch;

constexpr std::uint32_t kArenaSize = 64U << 10;

void ReadInbox(const Ledger& memory) {
  channels::IncomingParcel parcel;
  const auto fetch = [](int) { return Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); };
  if (!channels::Inbox(memory.inbox()).Take().Recover(fetch, parcel)) return;
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
  for (const shared::NamedCounter& counter : memory.board().modules.all()) {
    for (const char c : counter.name()) Require(c > ' ' && c < 0x7f, "a name can be shown");
  }
}

/// A process that shares the ledger, and writes to it what it is told while it is told to. It ends
/// with the one that made it.
class Scribbler {
 public:
  /// Forks: before there are threads.
  explicit Scribbler(const Ledger& memory)
      : begin_(reinterpret_cast<char*>(&memory.board())),
        size_(static_cast<std::size_t>(memory.arena().data() - begin_) + kArenaSize),
        orders_(new (::mmap(nullptr, sizeof(Orders), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Orders) {
    const pid_t pid = ::fork();
    Require(pid >= 0, "fork");
    if (pid != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    Run();
  }
  Scribbler(const Scribbler&) = delete;
  Scribbler& operator=(const Scribbler&) = delete;

  void Begin(std::string_view bytes) noexcept {
    orders_->size = std::min(bytes.size(), orders_->bytes.size());
    std::copy_n(bytes.begin(), orders_->size, orders_->bytes.begin());
    Tell(true);
  }
  /// Nothing is written from here on.
  void End() noexcept { Tell(false); }

 private:
  struct Orders {
    std::atomic<bool> writes{false};  ///< what it is to do
    std::atomic<bool> is_writing{false};
    std::size_t size = 0;
    std::array<char, 4096> bytes{};
  };

  void Tell(bool writes) noexcept {
    orders_->writes = writes;
    while (orders_->is_writing != writes) ::sched_yield();
  }

  [[noreturn]] void Run() noexcept {
    for (;;) {
      const bool writes = orders_->writes;
      orders_->is_writing = writes;
      writes ? Scribble({orders_->bytes.data(), orders_->size}) : void(::sched_yield());
    }
  }

  /// Four bytes of place, eight of what is written there; then the same, turned around.
  void Scribble(std::string_view bytes) noexcept {
    for (std::size_t at = 0; at + 12 <= bytes.size(); at += 12) {
      std::uint32_t place = 0;
      std::uint64_t word = 0;
      std::memcpy(&place, bytes.data() + at, sizeof place);
      std::memcpy(&word, bytes.data() + at + 4, sizeof word);
      char* const to = begin_ + place % (size_ - sizeof word);
      std::memcpy(to, &word, sizeof word);
      word = ~word;
      std::memcpy(to, &word, sizeof word);
    }
  }

  char* const begin_;
  const std::size_t size_;
  Orders* const orders_;
};

void Check(std::string_view bytes) {
  static const Ledger memory(1, kArenaSize);
  static Scribbler scribbler(memory);
  scribbler.Begin(bytes);
  for (int round = 0; round < 20; ++round) {
    ReadInbox(memory);
    ReadRecord(memory);
    ReadBoard(memory);
  }
  scribbler.End();
}

}  // namespace
}  // namespace tined::ledger

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tined::ledger::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}

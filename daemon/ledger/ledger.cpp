#include "ledger/ledger.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <new>

#include "base/error.hpp"
#include "ledger/handoff.hpp"

namespace tined::ledger {
namespace {

constexpr std::size_t kPage = 4096;

constexpr std::size_t RoundUpToPage(std::size_t size) { return (size + kPage - 1) / kPage * kPage; }

}  // namespace

Ledger::Ledger(std::uint32_t records, std::uint32_t arena_size)
    : memory_(Check(::memfd_create("tined-ledger", MFD_CLOEXEC), "memfd_create")) {
  const std::size_t inbox_at = RoundUpToPage(sizeof(Scoreboard));
  const std::size_t records_at = inbox_at + RoundUpToPage(Inbox::kSize);
  const std::size_t arena_at = records_at + RoundUpToPage(records * sizeof(Record));
  size_ = arena_at + arena_size;
  Check(::ftruncate(memory_.get(), static_cast<off_t>(size_)), "size the ledger");
  void* mapped =
      ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, memory_.get(), 0);
  if (mapped == MAP_FAILED) ThrowErrno("map the ledger");
  base_ = static_cast<char*>(mapped);
  // A core dump is for what the program did; requests of many clients have no place in it.
  ::madvise(base_, size_, MADV_DONTDUMP);
  board_ = new (base_) Scoreboard;
  inbox_ = {base_ + inbox_at, Inbox::kSize};
  // Its pages have to be there when a message arrives: the kernel drops one that it cannot store.
  std::fill(inbox_.begin(), inbox_.end(), '\0');
  // Zero bytes are a free record: constructing them would touch every page.
  static_assert(static_cast<int>(Phase::free) == 0);
  records_ = {std::launder(reinterpret_cast<Record*>(base_ + records_at)), records};
  arena_ = {base_ + arena_at, arena_size};
}

Ledger::~Ledger() { ::munmap(base_, size_); }

void Ledger::HideFromLaterForks() noexcept { ::madvise(base_, size_, MADV_DONTFORK); }

}  // namespace tined::ledger

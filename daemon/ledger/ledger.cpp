#include "ledger/ledger.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "base/error.hpp"

namespace tined::ledger {
namespace {

constexpr std::size_t kPage = 4096;

constexpr std::size_t RoundUpToPage(std::size_t size) { return (size + kPage - 1) / kPage * kPage; }

constexpr std::size_t kInboxAt = RoundUpToPage(sizeof(Scoreboard));

constexpr std::size_t SizeOf(std::uint32_t records, std::uint32_t arena_size) {
  return kInboxAt + RoundUpToPage(Ledger::kInboxSize) + RoundUpToPage(records * sizeof(Record)) +
         RoundUpToPage(records * sizeof(TlsState)) +
         RoundUpToPage(Arena::TagCount(arena_size) * sizeof(BlockTag)) + arena_size;
}

}  // namespace

Ledger::Ledger(std::uint32_t records, std::uint32_t arena_size)
    : memory_(
          Check(::memfd_create("tined-ledger", MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create")) {
  const int sized = ::ftruncate(memory_.get(), static_cast<off_t>(SizeOf(records, arena_size)));
  Check(sized, errno == EFBIG ? "size the ledger (RLIMIT_FSIZE, `ulimit -f`, allows less)"
                              : "size the ledger");
  // A worker that cut it short would end whoever reads it (SIGBUS).
  Check(::fcntl(memory_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL),
        "seal the ledger's size");
  Map(records, arena_size);
  new (base_) Scoreboard;
  // The inbox's pages have to be there when a message arrives: the kernel drops one that it cannot
  // store.
  std::fill(inbox_.begin(), inbox_.end(), '\0');
}

Ledger::Ledger(Descriptor memory, std::uint32_t records, std::uint32_t arena_size)
    : memory_(std::move(memory)) {
  struct stat status {};
  Check(::fstat(memory_.get(), &status), "fstat the ledger");
  if (static_cast<std::size_t>(status.st_size) != SizeOf(records, arena_size)) {
    errno = EINVAL;
    ThrowErrno("the ledger has another size");
  }
  Map(records, arena_size);
}

void Ledger::Map(std::uint32_t records, std::uint32_t arena_size) {
  const std::size_t records_at = kInboxAt + RoundUpToPage(Ledger::kInboxSize);
  size_ = SizeOf(records, arena_size);
  const std::size_t arena_at = size_ - arena_size;
  void* mapped =
      ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, memory_.get(), 0);
  if (mapped == MAP_FAILED) ThrowErrno("map the ledger");
  base_ = static_cast<char*>(mapped);
  // A core dump is for what the program did; requests of many clients have no place in it.
  ::madvise(base_, size_, MADV_DONTDUMP);
  board_ = std::launder(reinterpret_cast<Scoreboard*>(base_));
  inbox_ = {base_ + kInboxAt, kInboxSize};
  // Zero bytes are a free record: constructing them would touch every page.
  static_assert(static_cast<int>(Phase::free) == 0);
  records_ = {std::launder(reinterpret_cast<Record*>(base_ + records_at)), records};
  const std::size_t tls_at = records_at + RoundUpToPage(records * sizeof(Record));
  tls_states_ = {std::launder(reinterpret_cast<TlsState*>(base_ + tls_at)), records};
  arena_ = {base_ + arena_at, arena_size};
  const std::size_t tags_at = tls_at + RoundUpToPage(records * sizeof(TlsState));
  tags_ = {std::launder(reinterpret_cast<BlockTag*>(base_ + tags_at)), Arena::TagCount(arena_size)};
}

Ledger::~Ledger() { ::munmap(base_, size_); }

void Ledger::HideFromLaterForks() noexcept { ::madvise(base_, size_, MADV_DONTFORK); }

}  // namespace tined::ledger

#include "channels/handoff_message.hpp"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <type_traits>

#include "channels/form.hpp"

namespace tined::channels {
namespace {

static_assert(std::is_trivially_copyable_v<HandoffHead>);
static_assert(std::is_trivially_copyable_v<HandoffTls>);

constexpr std::array kHeadFields = {
    TINED_FIELD(HandoffHead, magic),      TINED_FIELD(HandoffHead, version),
    TINED_FIELD(HandoffHead, has_file),   TINED_FIELD(HandoffHead, is_in_memory_file),
    TINED_FIELD(HandoffHead, input_size), TINED_FIELD(HandoffHead, output_size),
    TINED_FIELD(HandoffHead, part_count), TINED_FIELD(HandoffHead, file_io),
    TINED_FIELD(HandoffHead, is_opened),  TINED_FIELD(HandoffHead, state_size),
    TINED_FIELD(HandoffHead, size),       TINED_FIELD(HandoffHead, has_tls),
    TINED_FIELD(HandoffHead, has_claim),  TINED_FIELD(HandoffHead, reserved),
    TINED_FIELD(HandoffHead, facts)};
static_assert(Cover(kHeadFields, sizeof(HandoffHead), alignof(HandoffHead)),
              "every field is in the list");

constexpr std::array kTlsFields = {TINED_FIELD(HandoffTls, session),
                                   TINED_FIELD(HandoffTls, received),
                                   TINED_FIELD(HandoffTls, handshake_received),
                                   TINED_FIELD(HandoffTls, window_sent),
                                   TINED_FIELD(HandoffTls, records_size),
                                   TINED_FIELD(HandoffTls, window_size),
                                   TINED_FIELD(HandoffTls, facts_size),
                                   TINED_FIELD(HandoffTls, selector),
                                   TINED_FIELD(HandoffTls, reserved)};
static_assert(Cover(kTlsFields, sizeof(HandoffTls), alignof(HandoffTls)),
              "every field is in the list");

constexpr std::array kFactsFields = {
    TINED_FIELD(ledger::Facts, listener),       TINED_FIELD(ledger::Facts, socket_id),
    TINED_FIELD(ledger::Facts, peer),           TINED_FIELD(ledger::Facts, requests),
    TINED_FIELD(ledger::Facts, received),       TINED_FIELD(ledger::Facts, sent_before),
    TINED_FIELD(ledger::Facts, batch_position), TINED_FIELD(ledger::Facts, closes_after_output),
    TINED_FIELD(ledger::Facts, continue_sent),  TINED_FIELD(ledger::Facts, replays),
    TINED_FIELD(ledger::Facts, is_counted),     TINED_FIELD(ledger::Facts, is_new),
    TINED_FIELD(ledger::Facts, is_stream),      TINED_FIELD(ledger::Facts, fate),
    TINED_FIELD(ledger::Facts, faults),         TINED_FIELD(ledger::Facts, kills)};
static_assert(Cover(kFactsFields, sizeof(ledger::Facts), alignof(ledger::Facts)),
              "every field is in the list");

/// Reads from a memfd alone: what a dead worker calls one could wait for a disk, or for somebody.
bool ReadMemoryFile(int file, std::size_t size, std::vector<char>& bytes) {
  struct stat status {};
  struct statfs system {};
  if (::fstat(file, &status) != 0 || ::fstatfs(file, &system) != 0 || !S_ISREG(status.st_mode) ||
      system.f_type != TMPFS_MAGIC || static_cast<std::size_t>(status.st_size) != size) {
    return false;
  }
  bytes.resize(size);
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::pread(file, bytes.data() + done, size - done, static_cast<off_t>(done));
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

bool IsRegularFile(int file) noexcept {
  struct stat status {};
  return ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
}

/// Takes bytes off the front of what came behind the head.
class Rest {
 public:
  explicit Rest(std::string_view bytes) noexcept : bytes_(bytes) {}

  /// Empty where there are fewer: then has_failed() says so.
  std::string_view Take(std::size_t size) noexcept {
    has_failed_ |= size > bytes_.size();
    const std::string_view taken = bytes_.substr(0, has_failed_ ? 0 : size);
    bytes_.remove_prefix(taken.size());
    return taken;
  }
  [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }

 private:
  std::string_view bytes_;
  bool has_failed_ = false;
};

std::unique_ptr<ledger::TlsPart> UnpackTls(Rest& rest) {
  HandoffTls head;
  const std::string_view bytes = rest.Take(sizeof head);
  if (rest.has_failed()) return nullptr;
  std::memcpy(static_cast<void*>(&head), bytes.data(), sizeof head);
  auto tls = std::make_unique<ledger::TlsPart>();
  tls->session = head.session;
  tls->selector = {head.selector};
  tls->handshake_received = head.handshake_received;
  tls->received = head.received;
  tls->window_sent = head.window_sent;
  tls->records = rest.Take(head.records_size);
  tls->window = rest.Take(head.window_size);
  tls->facts = rest.Take(head.facts_size);
  tls::Wipe(head.session);
  ::explicit_bzero(const_cast<char*>(bytes.data()), bytes.size());  // NOLINT: the caller's own copy
  return tls;
}

/// Takes `bytes` apart as `head` says. False: there are fewer than it says.
bool Unpack(const HandoffHead& head, std::vector<char> bytes, ledger::Parcel& parcel) {
  parcel.facts = head.facts;
  parcel.file_io = ledger::FileIoOf(head.file_io);
  parcel.storage = std::move(bytes);
  Rest rest({parcel.storage.data(), parcel.storage.size()});
  parcel.input = rest.Take(head.input_size);
  parcel.output = rest.Take(head.output_size);
  const std::string_view parts = rest.Take(head.part_count * sizeof(ledger::FilePart));
  parcel.state = rest.Take(head.state_size);
  parcel.is_opened = head.is_opened != 0;
  if (head.has_tls == 1) parcel.tls = UnpackTls(rest);
  if (rest.has_failed()) return false;
  parcel.parts.resize(head.part_count);
  if (head.part_count > 0) std::memcpy(parcel.parts.data(), parts.data(), parts.size());
  return true;
}

}  // namespace

std::uint64_t HandoffForm() noexcept {
  constexpr std::uint64_t kForm =
      MixAll(kHeadFields, kTlsFields, kFactsFields,
             std::array{Field{kHandoffVersion, kMostInline},
                        Field{tls::Session::kForm, sizeof(tls::Session)}});
  return kForm;
}

OutgoingTls::OutgoingTls(const ledger::TlsPart* part) noexcept {
  if (part == nullptr) return;
  session = part->session;
  received = part->received;
  handshake_received = part->handshake_received;
  window_sent = part->window_sent;
  records_size = static_cast<std::uint32_t>(part->records.size());
  window_size = static_cast<std::uint32_t>(part->window.size());
  facts_size = static_cast<std::uint16_t>(part->facts.size());
  selector = part->selector.bits;
}

std::array<std::string_view, kParcelPieces> ParcelPieces(const ledger::Parcel& parcel,
                                                         const HandoffTls& tls) noexcept {
  std::array<std::string_view, kParcelPieces> pieces = {
      parcel.input,
      parcel.output,
      {reinterpret_cast<const char*>(parcel.parts.data()),
       parcel.parts.size() * sizeof(ledger::FilePart)},
      parcel.state};
  if (parcel.tls) {
    pieces[4] = {reinterpret_cast<const char*>(&tls), sizeof tls};
    pieces[5] = parcel.tls->records;
    pieces[6] = parcel.tls->window;
    pieces[7] = parcel.tls->facts;
  }
  return pieces;
}

const char* DecodeParcel(const HandoffHead& head, std::vector<char> bytes,
                         std::vector<Descriptor> descriptors, IncomingParcel& parcel) {
  if (head.magic != kHandoffMagic || head.version != kHandoffVersion)
    return "it is of another version";
  if (head.part_count > ledger::kMostParts) return "it has too many file parts";
  const std::size_t expected =
      std::size_t{1} + head.has_file + head.has_claim + head.is_in_memory_file;
  if (head.has_file > 1 || head.has_claim > 1 || head.is_in_memory_file > 1 ||
      descriptors.size() != expected) {
    return "it has lost descriptors";
  }
  if (head.size > ledger::kLargestParcel) return "it is too large";
  if (head.has_tls > 1) return "a flag of it is off";
  // Sending from anything else could wait for somebody.
  if (head.has_file == 1 && !IsRegularFile(descriptors[1].get())) return "its file is none";
  if (head.is_in_memory_file == 1) {
    parcel.memory_file = std::move(descriptors.back());
    if (!ReadMemoryFile(parcel.memory_file.get(), head.size, bytes)) {
      return "its memory cannot be read";
    }
  }
  if (bytes.size() < head.size) return "its size is wrong";
  bytes.resize(head.size);
  parcel.socket = std::move(descriptors.front());
  parcel.file = head.has_file == 1 ? std::move(descriptors[1]) : Descriptor();
  parcel.claim = head.has_claim == 1 ? std::move(descriptors[1U + head.has_file]) : Descriptor();
  if (!Unpack(head, std::move(bytes), parcel)) return "it is shorter than it says";
  return ledger::Validate(parcel, static_cast<bool>(parcel.file));
}

}  // namespace tined::channels

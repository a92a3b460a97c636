#include "channels/handoff.hpp"

#include <linux/magic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/memory_file.hpp"
#include "base/passing.hpp"
#include "base/seldom.hpp"
#include "base/snapshot.hpp"
#include "channels/form.hpp"

namespace tined::channels {
namespace {

constexpr std::uint32_t kMagic = 0x74696e65;  // "tine"
/// Earlier ones had no TLS, and did not say which socket a connection belongs to (it would have to
/// be guessed), nor what it has cost.
constexpr std::uint16_t kVersion = 4;
/// Bytes that travel in the message itself; more go through a memfd that travels along.
constexpr std::size_t kInline = 32U << 10;

/// What every message begins with. The layout is the protocol: a change takes a new kVersion.
struct Head {
  std::uint32_t magic = kMagic;
  std::uint16_t version = kVersion;
  std::uint8_t has_file = 0;
  std::uint8_t is_in_memory_file = 0;  ///< the bytes are in the last descriptor
  std::uint32_t input_size = 0;
  std::uint32_t output_size = 0;
  std::uint32_t part_count = 0;
  std::uint8_t file_io = 0;  ///< a config::FileIo
  std::uint8_t is_opened = 0;
  std::uint16_t state_size = 0;
  std::uint64_t size = 0;    ///< of all that follows
  std::uint8_t has_tls = 0;  ///< a TlsHead and its bytes follow the others
  std::uint8_t has_claim = 0;
  std::array<std::uint8_t, 6> reserved{};
  ledger::Facts facts;
};
static_assert(std::is_trivially_copyable_v<Head>);

/// What the TLS part begins with.
struct TlsHead {
  tls::Session session;
  std::uint64_t received = 0;
  std::uint32_t handshake_received = 0;
  std::uint32_t window_sent = 0;
  std::uint32_t records_size = 0;
  std::uint32_t window_size = 0;
  std::uint16_t facts_size = 0;
  std::uint8_t selector = 0;
  std::array<std::uint8_t, 5> reserved{};
};
static_assert(std::is_trivially_copyable_v<TlsHead>);

constexpr std::array kHeadFields = {
    TINED_FIELD(Head, magic),      TINED_FIELD(Head, version),
    TINED_FIELD(Head, has_file),   TINED_FIELD(Head, is_in_memory_file),
    TINED_FIELD(Head, input_size), TINED_FIELD(Head, output_size),
    TINED_FIELD(Head, part_count), TINED_FIELD(Head, file_io),
    TINED_FIELD(Head, is_opened),  TINED_FIELD(Head, state_size),
    TINED_FIELD(Head, size),       TINED_FIELD(Head, has_tls),
    TINED_FIELD(Head, has_claim),  TINED_FIELD(Head, reserved),
    TINED_FIELD(Head, facts)};
static_assert(Cover(kHeadFields, sizeof(Head), alignof(Head)), "every field is in the list");

constexpr std::array kTlsFields = {TINED_FIELD(TlsHead, session),
                                   TINED_FIELD(TlsHead, received),
                                   TINED_FIELD(TlsHead, handshake_received),
                                   TINED_FIELD(TlsHead, window_sent),
                                   TINED_FIELD(TlsHead, records_size),
                                   TINED_FIELD(TlsHead, window_size),
                                   TINED_FIELD(TlsHead, facts_size),
                                   TINED_FIELD(TlsHead, selector),
                                   TINED_FIELD(TlsHead, reserved)};
static_assert(Cover(kTlsFields, sizeof(TlsHead), alignof(TlsHead)), "every field is in the list");

constexpr std::array kFactsFields = {
    TINED_FIELD(ledger::Facts, listener),       TINED_FIELD(ledger::Facts, socket_id),
    TINED_FIELD(ledger::Facts, peer),           TINED_FIELD(ledger::Facts, requests),
    TINED_FIELD(ledger::Facts, received),       TINED_FIELD(ledger::Facts, sent_before),
    TINED_FIELD(ledger::Facts, batch_position), TINED_FIELD(ledger::Facts, closes_after_output),
    TINED_FIELD(ledger::Facts, continue_sent),  TINED_FIELD(ledger::Facts, replays),
    TINED_FIELD(ledger::Facts, is_stream),      TINED_FIELD(ledger::Facts, fate),
    TINED_FIELD(ledger::Facts, faults),         TINED_FIELD(ledger::Facts, kills)};
static_assert(Cover(kFactsFields, sizeof(ledger::Facts), alignof(ledger::Facts)),
              "every field is in the list");

constexpr std::size_t kMostDescriptors = 4;

/// The bytes of a parcel, in the order in which they travel behind the head.
constexpr std::size_t kPieces = 8;

std::array<std::string_view, kPieces> Pieces(const ledger::Parcel& parcel,
                                             const TlsHead& tls) noexcept {
  std::array<std::string_view, kPieces> pieces = {
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

/// Its copy of the secrets is wiped with it.
struct OutgoingTls : TlsHead {
  explicit OutgoingTls(const ledger::TlsPart* part) noexcept {
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
  OutgoingTls(const OutgoingTls&) = delete;
  OutgoingTls& operator=(const OutgoingTls&) = delete;
  ~OutgoingTls() { tls::Wipe(session); }
};

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
  TlsHead head;
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
bool Unpack(const Head& head, std::vector<char> bytes, ledger::Parcel& parcel) {
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

/// nullptr, or what is wrong with the message. `bytes`: what came behind the head. Both are the
/// caller's own copies.
const char* Decode(const Head& head, std::vector<char> bytes, std::vector<Descriptor> descriptors,
                   IncomingParcel& parcel) {
  if (head.magic != kMagic || head.version != kVersion) return "it is of another version";
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

}  // namespace

std::uint64_t HandoffForm() noexcept {
  constexpr std::uint64_t kForm = MixAll(
      kHeadFields, kTlsFields, kFactsFields,
      std::array{Field{kVersion, kInline}, Field{tls::Session::kForm, sizeof(tls::Session)}});
  return kForm;
}

HandoffEnds MakeHandoffChannel() {
  int ends[2];
  Check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends),
        "make a handoff channel");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

SendResult SendParcel(int channel, const ledger::Parcel& parcel, int socket, int file) noexcept {
  Head head;
  head.has_file = file >= 0 ? 1 : 0;
  head.input_size = static_cast<std::uint32_t>(parcel.input.size());
  head.output_size = static_cast<std::uint32_t>(parcel.output.size());
  head.part_count = static_cast<std::uint32_t>(parcel.parts.size());
  head.file_io = static_cast<std::uint8_t>(parcel.file_io);
  head.is_opened = parcel.is_opened ? 1 : 0;
  head.state_size = static_cast<std::uint16_t>(parcel.state.size());
  head.facts = parcel.facts;
  head.has_tls = parcel.tls ? 1 : 0;
  const OutgoingTls tls(parcel.tls.get());
  const std::array<std::string_view, kPieces> pieces = Pieces(parcel, tls);
  for (const std::string_view piece : pieces) head.size += piece.size();
  Descriptor memory_file;
  if (head.size > kInline) {
    memory_file = MakeMemoryFile("tined-parcel", pieces);
    if (!memory_file) return SendResult::full;
    head.is_in_memory_file = 1;
  }
  std::array<iovec, 1 + kPieces> bytes{iovec{&head, sizeof head}};
  std::transform(pieces.begin(), pieces.end(), bytes.begin() + 1, [](std::string_view piece) {
    return iovec{const_cast<char*>(piece.data()), piece.size()};  // NOLINT: it is only read
  });
  std::array<int, kMostDescriptors> fds{socket};
  std::size_t count = 1;
  if (file >= 0) fds[count++] = file;
  if (parcel.tls && parcel.tls->claim >= 0) {
    fds[count++] = parcel.tls->claim;
    head.has_claim = 1;
  }
  if (memory_file) fds[count++] = memory_file.get();
  msghdr packet{};
  packet.msg_iov = bytes.data();
  packet.msg_iovlen = memory_file ? 1 : bytes.size();
  PassedAlong<kMostDescriptors> passed;
  passed.Attach(packet, std::span(fds).first(count));
  return SendPacket(channel, packet);
}

namespace {

/// The control message that descriptors come with (unix(7), SCM_RIGHTS).
struct Control {
  alignas(cmsghdr) char bytes[CMSG_SPACE(kMostDescriptors * sizeof(int))];

  [[nodiscard]] cmsghdr& header() { return *reinterpret_cast<cmsghdr*>(bytes); }
  /// The descriptors' numbers. They are taken from a copy: the packet is read more than once.
  [[nodiscard]] std::vector<int> Numbers() const;
};

std::vector<int> Control::Numbers() const {
  const cmsghdr& header = *reinterpret_cast<const cmsghdr*>(bytes);
  const std::size_t size = header.cmsg_len;
  if (header.cmsg_level != SOL_SOCKET || header.cmsg_type != SCM_RIGHTS || size < CMSG_LEN(0) ||
      size > CMSG_LEN(kMostDescriptors * sizeof(int))) {
    return {};
  }
  std::vector<int> numbers((size - CMSG_LEN(0)) / sizeof(int));
  if (numbers.empty()) return numbers;
  std::memcpy(numbers.data(), CMSG_DATA(&header), numbers.size() * sizeof(int));
  // The kernel has not checked this: what a dead worker's memory says may be anything.
  const bool is_sane = std::all_of(numbers.begin(), numbers.end(), [](int n) { return n >= 0; });
  return is_sane ? numbers : std::vector<int>();
}

}  // namespace

/// The memory of an inbox: the kernel writes it, and whoever else has it mapped.
struct Inbox::Letter {
  Control control;
  Head head;
  char bytes[kInline];
};

Inbox::Letter& Inbox::letter() const noexcept {
  static_assert(sizeof(Letter) <= kSize);
  return *reinterpret_cast<Letter*>(memory_.data());
}

void Inbox::Clear() const noexcept {
  // Secrets of a session may lie anywhere in there.
  if (letter().head.has_tls != 0) ::explicit_bzero(letter().bytes, kInline);
  letter().head.magic = 0;
  letter().control.header().cmsg_len = 0;
  ledger::Record::KeepOrder();
}

Inbox::Left Inbox::Take() const {
  auto copy = std::make_unique<Letter>();
  CopyOnce(copy.get(), &letter(), sizeof(Letter));
  return Left(std::move(copy));
}

Inbox::Left::Left(std::unique_ptr<const Letter> letter) : letter_(std::move(letter)) {
  if (letter_->head.magic == kMagic) numbers_ = letter_->control.Numbers();
}
Inbox::Left::Left(Left&&) noexcept = default;
Inbox::Left::~Left() = default;

bool Inbox::Left::Open(std::vector<Descriptor> descriptors, IncomingParcel& parcel) const {
  const bool all = std::all_of(descriptors.begin(), descriptors.end(),
                               [](const Descriptor& each) { return static_cast<bool>(each); });
  return all && Decode(letter_->head, {letter_->bytes, letter_->bytes + kInline},
                       std::move(descriptors), parcel) == nullptr;
}

ReceiveResult Inbox::Receive(int channel, IncomingParcel& parcel) const {
  for (;;) {
    Clear();
    Letter& read = letter();
    std::array<iovec, 2> room{iovec{&read.head, sizeof read.head}, iovec{read.bytes, kInline}};
    msghdr packet{};
    packet.msg_iov = room.data();
    packet.msg_iovlen = room.size();
    packet.msg_control = read.control.bytes;
    packet.msg_controllen = sizeof read.control;
    const ssize_t size = ::recvmsg(channel, &packet, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return ReceiveResult::empty;
    if (size <= 0) return ReceiveResult::closed;
    const auto length = static_cast<std::size_t>(size);
    // Numbers of this process's own table: the kernel's, if nobody has changed them since.
    std::vector<Descriptor> descriptors;
    if (packet.msg_controllen > 0) {
      const Snapshot<Control> control(read.control);
      for (const int number : control->Numbers()) descriptors.emplace_back(number);
    }
    const char* wrong = "it is too short";
    if (length >= sizeof(Head) && (packet.msg_flags & MSG_TRUNC) == 0) {
      const Snapshot<Head> head(read.head);
      std::vector<char> bytes(length - sizeof(Head));
      CopyOnce(bytes.data(), read.bytes, bytes.size());
      wrong = Decode(*head, std::move(bytes), std::move(descriptors), parcel);
    }
    if (wrong == nullptr) return ReceiveResult::received;
    static log::Seldom dropped;
    dropped.Warning("a connection on its way was dropped", {{"reason", wrong}});
    parcel = {};
  }
}

}  // namespace tined::channels

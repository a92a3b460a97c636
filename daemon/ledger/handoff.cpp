#include "ledger/handoff.hpp"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/log.hpp"

namespace tined::ledger {
namespace {

constexpr std::uint32_t kMagic = 0x74696e65;  // "tine"
constexpr std::uint16_t kVersion = 1;
/// Bytes that travel in the message itself; more go through a memfd that travels along.
constexpr std::size_t kInline = 32U << 10;
constexpr std::uint32_t kMostParts = 1024;

/// What every message begins with. The layout is the protocol: a change takes a new kVersion.
struct Head {
  std::uint32_t magic = kMagic;
  std::uint16_t version = kVersion;
  std::uint8_t has_file = 0;
  std::uint8_t is_in_memory_file = 0;  ///< the bytes are in the last descriptor
  std::uint32_t input_size = 0;
  std::uint32_t output_size = 0;
  std::uint32_t part_count = 0;
  std::uint32_t unused = 0;
  Facts facts;
};
static_assert(std::is_trivially_copyable_v<Head>);

constexpr std::size_t kMostDescriptors = 3;

union ControlBuffer {
  cmsghdr header;
  char bytes[CMSG_SPACE(kMostDescriptors * sizeof(int))];
};

std::array<iovec, 3> Pieces(const Parcel& parcel) noexcept {
  const auto piece = [](const void* bytes, std::size_t size) {
    return iovec{const_cast<void*>(bytes), size};  // NOLINT: iovec is the same for both ways
  };
  return {piece(parcel.input.data(), parcel.input.size()),
          piece(parcel.output.data(), parcel.output.size()),
          piece(parcel.parts.data(), parcel.parts.size() * sizeof(FilePart))};
}

std::size_t SizeOf(const Parcel& parcel) noexcept {
  return parcel.input.size() + parcel.output.size() + parcel.parts.size() * sizeof(FilePart);
}

/// A memfd with the parcel's bytes; empty when there is no memory for it.
Descriptor WriteMemoryFile(const Parcel& parcel) noexcept {
  Descriptor file(::memfd_create("tined-parcel", MFD_CLOEXEC));
  if (!file) return {};
  for (const iovec& piece : Pieces(parcel)) {
    std::size_t done = 0;
    while (done < piece.iov_len) {
      const ssize_t written = ::write(file.get(), static_cast<const char*>(piece.iov_base) + done,
                                      piece.iov_len - done);
      if (written <= 0) return {};
      done += static_cast<std::size_t>(written);
    }
  }
  return file;
}

bool ReadMemoryFile(int file, std::size_t size, std::string& bytes) {
  struct stat status {};
  if (::fstat(file, &status) != 0 || static_cast<std::size_t>(status.st_size) != size) return false;
  bytes.resize(size);
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::pread(file, bytes.data() + done, size - done, static_cast<off_t>(done));
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

void AttachDescriptors(msghdr& packet, ControlBuffer& control, std::span<const int> fds) noexcept {
  packet.msg_control = control.bytes;
  packet.msg_controllen = CMSG_SPACE(fds.size_bytes());
  cmsghdr* header = CMSG_FIRSTHDR(&packet);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(fds.size_bytes());
  std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
}

std::vector<Descriptor> TakeDescriptors(msghdr& packet) {
  std::vector<Descriptor> taken;
  cmsghdr* header = CMSG_FIRSTHDR(&packet);
  if (header == nullptr || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
    return taken;
  }
  const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (std::size_t i = 0; i < count; ++i) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
    taken.emplace_back(fd);
  }
  return taken;
}

/// Takes `bytes` apart as `head` says; its size has been checked.
void Unpack(const Head& head, std::string bytes, Parcel& parcel) {
  parcel.facts = head.facts;
  parcel.storage = std::move(bytes);
  const std::string_view all = parcel.storage;
  parcel.input = all.substr(0, head.input_size);
  parcel.output = all.substr(head.input_size, head.output_size);
  const std::string_view parts = all.substr(head.input_size + std::size_t{head.output_size});
  parcel.parts.resize(head.part_count);
  std::memcpy(parcel.parts.data(), parts.data(), parts.size());
}

/// nullptr, or what is wrong with the message.
const char* Decode(const Head& head, std::string bytes, std::vector<Descriptor> descriptors,
                   IncomingParcel& parcel) {
  if (head.magic != kMagic || head.version != kVersion) return "it is of another version";
  if (head.part_count > kMostParts) return "it has too many file parts";
  const std::size_t expected = std::size_t{1} + head.has_file + head.is_in_memory_file;
  if (head.has_file > 1 || head.is_in_memory_file > 1 || descriptors.size() != expected) {
    return "it has lost descriptors";
  }
  const std::uint64_t size =
      std::uint64_t{head.input_size} + head.output_size + head.part_count * sizeof(FilePart);
  if (size > kLargestParcel) return "it is too large";
  if (head.is_in_memory_file == 1 && !ReadMemoryFile(descriptors.back().get(), size, bytes)) {
    return "its memory cannot be read";
  }
  if (bytes.size() != size) return "its size is wrong";
  parcel.socket = std::move(descriptors.front());
  parcel.file = head.has_file == 1 ? std::move(descriptors[1]) : Descriptor();
  Unpack(head, std::move(bytes), parcel);
  return Validate(parcel, static_cast<bool>(parcel.file));
}

}  // namespace

namespace {

bool Lies(std::span<const char> arena, std::uint64_t offset, std::uint64_t size) noexcept {
  return size <= arena.size() && offset <= arena.size() - size;
}

/// The parts that count: none when the worker died before the bytes in front of them did.
bool DescribeParts(const Record& record, std::span<const char> arena, Parcel& parcel) {
  const std::uint32_t count = record.part_count;
  if (count == 0 || parcel.output.empty()) return true;
  if (count > kMostParts) return false;
  if (count == 1) {
    parcel.parts = {record.part};
  } else {
    const std::uint32_t place = record.parts_place;
    if (!Lies(arena, place, count * sizeof(FilePart))) return false;
    parcel.parts.resize(count);
    std::memcpy(parcel.parts.data(), arena.data() + place, count * sizeof(FilePart));
  }
  if (parcel.parts.front().after > parcel.output.size()) parcel.parts.clear();
  return true;
}

}  // namespace

bool Describe(const Record& record, std::span<const char> arena, std::uint64_t unrecorded,
              std::uint64_t batch_position, Parcel& parcel) {
  parcel = {};
  // Read once: a thread of a dying worker may still write while the supervisor looks.
  const std::uint64_t committed = record.committed.load(std::memory_order_acquire);
  const std::uint64_t place = record.input_place.load(std::memory_order_relaxed);
  const std::uint64_t received = record.received.load(std::memory_order_relaxed);
  const auto answered = static_cast<std::uint32_t>(committed >> 32);
  const std::uint64_t input_size =
      std::uint64_t{static_cast<std::uint32_t>(received) - answered} + unrecorded;
  const std::uint32_t input_offset =
      static_cast<std::uint32_t>(place) + (answered - static_cast<std::uint32_t>(place >> 32));
  const std::uint32_t output_size = static_cast<std::uint32_t>(committed) & ~Record::kClose;
  const std::uint32_t output_offset = record.output_place.load(std::memory_order_relaxed);
  if (input_size > 0 && !Lies(arena, input_offset, input_size)) return false;
  if (output_size > 0 && !Lies(arena, output_offset, output_size)) return false;
  if (input_size > 0) parcel.input = {arena.data() + input_offset, input_size};
  if (output_size > 0) parcel.output = {arena.data() + output_offset, output_size};
  if (!DescribeParts(record, arena, parcel)) return false;
  parcel.facts = {.listener = record.listener,
                  .peer = record.peer,
                  .requests = record.requests,
                  .received = received + unrecorded,
                  .sent_before = record.sent_before,
                  .batch_position = output_size > 0 ? batch_position : 0,
                  .closes_after_output = (committed & Record::kClose) != 0,
                  .continue_sent = record.continue_sent,
                  .replays = record.replays};
  return Validate(parcel, !parcel.parts.empty()) == nullptr;
}

const char* Validate(const Parcel& parcel, bool has_file) noexcept {
  const Facts& facts = parcel.facts;
  if (facts.listener.back() != '\0' || facts.listener.front() == '\0')
    return "it names no listener";
  if (facts.received < parcel.input.size()) return "it has more input than was received";
  if (has_file != !parcel.parts.empty()) return "its file and its file parts do not fit";
  std::uint64_t after = 0;
  std::uint64_t batch = parcel.output.size();
  constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 62;
  for (const FilePart& part : parcel.parts) {
    if (part.after < after || part.after > parcel.output.size()) return "its file parts are off";
    if (part.offset > kLargestFile || part.length > kLargestFile) return "a file part is off";
    after = part.after;
    batch += part.length;
    if (batch > kLargestFile) return "its file parts are too long";
  }
  if (facts.batch_position > batch) return "more of it was sent than there is";
  return nullptr;
}

SendResult SendParcel(int channel, const Parcel& parcel, int socket, int file) noexcept {
  Head head;
  head.has_file = file >= 0 ? 1 : 0;
  head.input_size = static_cast<std::uint32_t>(parcel.input.size());
  head.output_size = static_cast<std::uint32_t>(parcel.output.size());
  head.part_count = static_cast<std::uint32_t>(parcel.parts.size());
  head.facts = parcel.facts;
  Descriptor memory_file;
  if (SizeOf(parcel) > kInline) {
    memory_file = WriteMemoryFile(parcel);
    if (!memory_file) return SendResult::full;
    head.is_in_memory_file = 1;
  }
  const auto pieces = Pieces(parcel);
  std::array<iovec, 4> bytes{iovec{&head, sizeof head}, pieces[0], pieces[1], pieces[2]};
  std::array<int, kMostDescriptors> fds{socket};
  std::size_t count = 1;
  if (file >= 0) fds[count++] = file;
  if (memory_file) fds[count++] = memory_file.get();
  msghdr packet{};
  packet.msg_iov = bytes.data();
  packet.msg_iovlen = memory_file ? 1 : bytes.size();
  ControlBuffer control{};
  AttachDescriptors(packet, control, std::span(fds).first(count));
  return SendPacket(channel, packet);
}

ReceiveResult ReceiveParcel(int channel, IncomingParcel& parcel) {
  for (;;) {
    Head head;
    std::string bytes(kInline, '\0');
    std::array<iovec, 2> room{iovec{&head, sizeof head}, iovec{bytes.data(), bytes.size()}};
    msghdr packet{};
    ControlBuffer control{};
    packet.msg_iov = room.data();
    packet.msg_iovlen = room.size();
    packet.msg_control = control.bytes;
    packet.msg_controllen = sizeof control.bytes;
    const ssize_t size = ::recvmsg(channel, &packet, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return ReceiveResult::empty;
    if (size <= 0) return ReceiveResult::closed;
    std::vector<Descriptor> descriptors = TakeDescriptors(packet);
    const char* wrong = "it is too short";
    if (static_cast<std::size_t>(size) >= sizeof head && (packet.msg_flags & MSG_TRUNC) == 0) {
      bytes.resize(static_cast<std::size_t>(size) - sizeof head);
      wrong = Decode(head, std::move(bytes), std::move(descriptors), parcel);
    }
    if (wrong == nullptr) return ReceiveResult::received;
    log::Warning("a connection on its way was dropped", {{"reason", wrong}});
    parcel = {};
  }
}

}  // namespace tined::ledger

#include "channels/handoff.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/memory_file.hpp"
#include "base/passing.hpp"
#include "channels/handoff_message.hpp"

namespace tined::channels {

HandoffEnds MakeHandoffChannel() {
  int ends[2];
  Check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends),
        "make a handoff channel");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

SendResult SendParcel(int channel, const ledger::Parcel& parcel, int socket, int file) noexcept {
  HandoffHead head;
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
  const std::array<std::string_view, kParcelPieces> pieces = ParcelPieces(parcel, tls);
  for (const std::string_view piece : pieces) head.size += piece.size();
  Descriptor memory_file;
  if (head.size > kMostInline) {
    memory_file = MakeMemoryFile("tined-parcel", pieces);
    if (!memory_file) return SendResult::full;
    head.is_in_memory_file = 1;
  }
  std::array<iovec, 1 + kParcelPieces> bytes{iovec{&head, sizeof head}};
  std::transform(pieces.begin(), pieces.end(), bytes.begin() + 1, [](std::string_view piece) {
    return iovec{const_cast<char*>(piece.data()), piece.size()};  // NOLINT: it is only read
  });
  std::array<int, kMostParcelDescriptors> fds{socket};
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
  PassedAlong<kMostParcelDescriptors> passed;
  passed.Attach(packet, std::span(fds).first(count));
  return SendPacket(channel, packet);
}

}  // namespace tined::channels

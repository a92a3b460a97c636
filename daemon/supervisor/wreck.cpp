#include "supervisor/wreck.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>

namespace tined::supervisor {
namespace {

using ledger::Phase;

struct Name {
  sockaddr_storage address{};
  socklen_t size = sizeof address;

  [[nodiscard]] sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&address); }
};

/// The client of a connected stream socket. False when `socket` is none.
bool ClientOf(int socket, ledger::Peer& peer) noexcept {
  Name name;
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM ||
      ::getpeername(socket, name.get(), &name.size) != 0) {
    return false;
  }
  peer = ledger::PeerOf(name.address);
  return true;
}

bool IsRegularFile(int fd) noexcept {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

std::uint32_t Wreck::record_count() const noexcept {
  const std::uint64_t used = child_.board().records_used.get();
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(used, child_.ledger->records().size()));
}

Descriptor Wreck::Fetch(int number) const noexcept {
  if (number < 0) return {};
  return Descriptor(static_cast<int>(::syscall(SYS_pidfd_getfd, child_.process.get(), number, 0)));
}

ledger::Fate Wreck::FateOf(std::uint32_t index) const noexcept {
  if (index + 1 == culprit_) return ledger::Fate::culprit;
  return child_.ledger->records()[index].is_begun() ? ledger::Fate::interrupted
                                                    : ledger::Fate::untouched;
}

/// False when record and kernel contradict each other.
bool Wreck::Observe(const ledger::Record& record, int socket, ledger::Observed& observed,
                    KernelCounts& counts) const noexcept {
  if (Count(socket, counts) == CountOutcome::not_counted) {
    observed.batch_position = record.sent;
    observed.sent_before = record.sent_before;
    return record.in_call == 0;
  }
  const std::uint64_t received = record.received;
  if (counts.read < received || counts.written < record.sent_before) return false;
  observed.unrecorded = counts.read - received;
  observed.batch_position = counts.written - record.sent_before;
  observed.sent_before = counts.written;
  return true;
}

SalvageOutcome Wreck::Take(std::uint32_t index, Salvage& salvage) {
  const ledger::Record& record = child_.ledger->records()[index];
  const Phase phase = record.phase;
  if (phase == Phase::free) return SalvageOutcome::nothing;
  const int number = record.descriptor;
  known_.insert(number);
  if (phase == Phase::opaque) return SalvageOutcome::lost;
  Descriptor socket = Fetch(number);
  ledger::Peer client;
  if (!socket) return SalvageOutcome::lost;
  if (!ClientOf(socket.get(), client)) return SalvageOutcome::nothing;
  ledger::Observed observed{.fate = FateOf(index)};
  ledger::IncomingParcel& parcel = salvage.parcel;
  if (client != record.peer || !Observe(record, socket.get(), observed, salvage.counts) ||
      !ledger::Describe(record, child_.ledger->arena(), observed, parcel)) {
    return SalvageOutcome::lost;
  }
  if (!parcel.parts.empty()) {
    parcel.file = Fetch(record.file);
    if (!IsRegularFile(parcel.file.get())) return SalvageOutcome::lost;
  }
  parcel.socket = std::move(socket);
  salvage.is_under_way = phase == Phase::giving;
  return SalvageOutcome::taken;
}

SalvageOutcome Wreck::TakeFromInbox(Salvage& salvage) {
  const ledger::Inbox inbox(child_.ledger->inbox());
  const int number = inbox.Socket();
  if (number < 0 || !known_.insert(number).second) return SalvageOutcome::nothing;
  ledger::Peer client;
  if (!inbox.Recover([&](int each) { return Fetch(each); }, salvage.parcel)) {
    return SalvageOutcome::lost;
  }
  const bool is_there = ClientOf(salvage.parcel.socket.get(), client);
  return is_there ? SalvageOutcome::taken : SalvageOutcome::nothing;
}

/// True when `socket` could have come from there: the same family and port, or the same path.
bool Wreck::IsAcceptedFrom(int listening_socket, int socket) const noexcept {
  Name listening;
  Name accepted;
  if (::getsockname(listening_socket, listening.get(), &listening.size) != 0 ||
      ::getsockname(socket, accepted.get(), &accepted.size) != 0 ||
      listening.address.ss_family != accepted.address.ss_family) {
    return false;
  }
  if (listening.address.ss_family == AF_UNIX) {
    return listening.size == accepted.size &&
           std::memcmp(&listening.address, &accepted.address, listening.size) == 0;
  }
  return ledger::PeerOf(listening.address).port == ledger::PeerOf(accepted.address).port;
}

std::vector<Salvage> Wreck::TakeUnrecorded() {
  std::vector<Salvage> taken;
  const std::uint32_t accepting = child_.board().accepting;
  const OpenSockets& sockets = child_.generation->sockets;
  if (accepting == 0 || accepting > sockets.size()) return taken;
  const OpenSocket& open = sockets[accepting - 1];
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", child_.pid), ignored)) {
    const std::string text = entry.path().filename().native();
    int number = -1;
    std::from_chars(text.data(), text.data() + text.size(), number);
    if (known_.count(number) != 0) continue;
    Salvage salvage;
    salvage.parcel.socket = Fetch(number);
    ledger::Facts& facts = salvage.parcel.facts;
    const int socket = salvage.parcel.socket.get();
    if (!ClientOf(socket, facts.peer) || !IsAcceptedFrom(open.socket->descriptor(), socket)) {
      continue;
    }
    facts.listener = ledger::ListenerName(open.listener->name);
    facts.socket_id = open.socket->id();
    facts.is_stream = open.listener->stream ? 1 : 0;
    taken.push_back(std::move(salvage));
  }
  return taken;
}

}  // namespace tined::supervisor

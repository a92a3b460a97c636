#include "supervisor/rescue/wreck.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "base/number.hpp"
#include "base/snapshot.hpp"

namespace tined::supervisor {
namespace {

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

/// A copy of a session, whose secrets are wiped with it.
class SecretSnapshot {
 public:
  explicit SecretSnapshot(const ledger::TlsState& state) : copy_(state) {}
  SecretSnapshot(const SecretSnapshot&) = delete;
  SecretSnapshot& operator=(const SecretSnapshot&) = delete;
  ~SecretSnapshot() {
    ::explicit_bzero(const_cast<ledger::TlsState*>(&*copy_), sizeof(ledger::TlsState));  // NOLINT
  }

  [[nodiscard]] const ledger::TlsState& operator*() const noexcept { return *copy_; }

 private:
  Snapshot<ledger::TlsState> copy_;
};

bool IsRegularFile(int fd) noexcept {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

std::uint32_t Wreck::record_count() const noexcept {
  const std::uint64_t used = worker_.board().records_used.get();
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(used, worker_.ledger.records().size()));
}

Descriptor Wreck::Fetch(int number) const noexcept {
  if (number < 0) return {};
  return Descriptor(static_cast<int>(::syscall(SYS_pidfd_getfd, worker_.process, number, 0)));
}

ledger::Fate Wreck::FateOf(std::uint32_t number, const ledger::Record& record) const noexcept {
  if (number == findings_.culprit.record) return ledger::Fate::culprit;
  return record.is_begun() ? ledger::Fate::interrupted : ledger::Fate::untouched;
}

/// The worker was at work on that connection when it ended.
void Wreck::Blame(ledger::Facts& facts) noexcept {
  is_blamed_ = true;
  const auto count = [](std::uint8_t& deaths) {
    if (deaths < UINT8_MAX) ++deaths;
  };
  if (findings_.suspicion == Suspicion::fault) count(facts.faults);
  if (findings_.suspicion == Suspicion::kill) count(facts.kills);
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
  const SalvageOutcome outcome = TakeRecorded(index, salvage);
  has_lies_ |= outcome == SalvageOutcome::lost;
  return outcome;
}

SalvageOutcome Wreck::TakeRecorded(std::uint32_t index, Salvage& salvage) {
  const std::uint32_t number = index + 1;
  const Snapshot<ledger::Record> copy(worker_.ledger.records()[index]);
  const ledger::Record& record = *copy;
  const bool is_at_work = number == findings_.at_work;
  if (!is_at_work && !record.IsSealed(number)) {
    // One that has never been used is all zeros. Whose socket is whose, a record that lies cannot
    // tell: none is taken for known.
    ledger::Peer client;
    const bool has_socket = record.descriptor > 0;
    const Descriptor socket = has_socket ? Fetch(record.descriptor) : Descriptor();
    return socket && ClientOf(socket.get(), client) ? SalvageOutcome::lost
                                                    : SalvageOutcome::nothing;
  }
  const SalvageOutcome outcome = TakeSealed(record, number, salvage);
  if (outcome != SalvageOutcome::taken && outcome != SalvageOutcome::cut) return outcome;
  if (is_at_work) Blame(salvage.parcel.facts);
  return salvage.parcel.facts.has_cost_enough() ? SalvageOutcome::closed : outcome;
}

/// Observes a connection with TLS, where the kernel counts the bytes of records. False when state
/// and kernel contradict each other.
bool Wreck::ObserveTls(const ledger::Record& record, const ledger::TlsState& state, int socket,
                       ledger::ObservedTls& observed, KernelCounts& counts) const noexcept {
  if (Count(socket, counts) == CountOutcome::not_counted) {
    observed.window_sent = state.window_sent();
    return record.in_call == 0;
  }
  const std::uint64_t received = state.handshake_received + state.received;
  if (counts.read < received) return false;
  observed.unrecorded = counts.read - received;
  observed.window_sent = static_cast<std::uint32_t>(counts.written) - state.outbound().window_begin;
  return true;
}

bool Wreck::Describe(const ledger::Record& record, std::uint32_t number, Salvage& salvage) const {
  ledger::Observed observed{.fate = FateOf(number, record)};
  return Observe(record, salvage.parcel.socket.get(), observed, salvage.counts) &&
         ledger::Describe(record, worker_.HoldingsOf(number), observed, salvage.parcel);
}

bool Wreck::DescribeTls(const ledger::Record& record, std::uint32_t number,
                        Salvage& salvage) const {
  channels::IncomingParcel& parcel = salvage.parcel;
  const SecretSnapshot copy(worker_.ledger.tls_states()[number - 1]);
  const ledger::TlsState& state = *copy;
  ledger::ObservedTls seen;
  if (!ObserveTls(record, state, parcel.socket.get(), seen, salvage.counts)) return false;
  ledger::Observed observed = ledger::ObservedBy(state, record);
  observed.fate = FateOf(number, record);
  const ledger::Holdings holdings = worker_.HoldingsOf(number);
  if (!ledger::Describe(record, holdings, observed, parcel) ||
      !ledger::DescribeTls(state, holdings, seen, parcel)) {
    return false;
  }
  if (record.phase == ledger::Phase::giving) parcel.claim = Fetch(state.claim);
  return record.phase != ledger::Phase::giving || parcel.claim;
}

SalvageOutcome Wreck::TakeSealed(const ledger::Record& record, std::uint32_t number,
                                 Salvage& salvage) {
  const ledger::Phase phase = record.phase;
  if (phase == ledger::Phase::free) return SalvageOutcome::nothing;
  const int descriptor = record.descriptor;
  known_.insert(descriptor);
  Descriptor socket = Fetch(descriptor);
  ledger::Peer client;
  if (!socket) return SalvageOutcome::lost;
  if (!ClientOf(socket.get(), client)) return SalvageOutcome::nothing;
  channels::IncomingParcel& parcel = salvage.parcel;
  parcel.socket = std::move(socket);
  const bool is_described =
      client == record.peer && (record.is_tls != 0 ? DescribeTls(record, number, salvage)
                                                   : Describe(record, number, salvage));
  if (!is_described) return SalvageOutcome::lost;
  if (!parcel.parts.empty()) {
    parcel.file = Fetch(record.file);
    if (!IsRegularFile(parcel.file.get())) return SalvageOutcome::lost;
  }
  salvage.is_under_way = phase == ledger::Phase::giving;
  return record.is_unfinished() ? SalvageOutcome::cut : SalvageOutcome::taken;
}

SalvageOutcome Wreck::TakeFromInbox(Salvage& salvage) {
  const channels::Inbox::Left left = channels::Inbox(worker_.ledger.inbox()).Take();
  const int number = left.socket();
  if (number < 0 || !known_.insert(number).second) return SalvageOutcome::nothing;
  ledger::Peer client;
  if (!left.Recover([&](int each) { return Fetch(each); }, salvage.parcel)) {
    return SalvageOutcome::lost;
  }
  if (!ClientOf(salvage.parcel.socket.get(), client)) return SalvageOutcome::nothing;
  if (!is_blamed_) Blame(salvage.parcel.facts);
  return salvage.parcel.facts.has_cost_enough() ? SalvageOutcome::closed : SalvageOutcome::taken;
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

/// Nothing was read from it and nothing written: it is not the socket of a record that lies.
bool Wreck::IsUntouched(int socket) const noexcept {
  KernelCounts counts;
  switch (Count(socket, counts)) {
    case CountOutcome::counted:
      return counts == KernelCounts();
    case CountOutcome::gone:
      return false;
    case CountOutcome::not_counted:
      return !has_lies_;  // Of a unix socket nobody can tell.
  }
  return false;
}

SalvageOutcome Wreck::Leave(std::uint32_t index) const noexcept {
  const bool is_free = worker_.ledger.records()[index].phase == ledger::Phase::free;
  return is_free ? SalvageOutcome::nothing : SalvageOutcome::lost;
}

std::vector<Salvage> Wreck::TakeUnrecorded(const std::function<bool()>& goes_on) {
  std::vector<Salvage> taken;
  const std::uint32_t accepting = worker_.board().accepting;
  const OpenSockets& sockets = worker_.sockets;
  if (accepting == 0 || accepting > sockets.size()) return taken;
  const OpenSocket& open = sockets[accepting - 1];
  std::error_code error;
  using Entries = std::filesystem::directory_iterator;
  for (auto entry = Entries(fmt::format("/proc/{}/fd", worker_.pid), error);
       !error && entry != Entries() && goes_on(); entry.increment(error)) {
    const std::string text = entry->path().filename().native();
    const int number = ParseNumber<int>(text).value_or(-1);
    if (known_.count(number) != 0) continue;
    Salvage salvage;
    salvage.parcel.socket = Fetch(number);
    ledger::Facts& facts = salvage.parcel.facts;
    const int socket = salvage.parcel.socket.get();
    if (!ClientOf(socket, facts.peer) || !IsAcceptedFrom(open.socket->descriptor(), socket) ||
        !IsUntouched(socket)) {
      continue;
    }
    facts.listener = ledger::ListenerName(open.listener->name);
    facts.socket_id = open.socket->id();
    facts.is_stream = open.listener->stream ? 1 : 0;
    if (!is_blamed_) Blame(facts);
    taken.push_back(std::move(salvage));
  }
  return taken;
}

}  // namespace tined::supervisor

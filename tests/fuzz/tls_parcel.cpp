// A connection with TLS on its way to a worker, whose message somebody has changed who is not
// trusted: a handshaker or a worker that was taken over. Bytes of a good message are replaced as
// the input says, its check words are made to fit where it wants that. What arrives makes sense,
// and can be gone on with inside of the memory that there is; all else is dropped.
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/passing.hpp"
#include "channels/inbox.hpp"
#include "ledger/ledger.hpp"
#include "tests/fuzz/input.hpp"
#include "tls/facts.hpp"
#include "tls/record_reader.hpp"
#include "tls/record_writer.hpp"

namespace tined::channels {
namespace {

using fuzz::Require;
using fuzz::Touch;
using tls::Session;

constexpr std::size_t kPatch = 3;  ///< two bytes of a place, one of a value

Session MakeSession(bool is_13, std::uint32_t window) {
  tls::Agreed agreed;
  agreed.version = is_13 ? tls::Version::tls13 : tls::Version::tls12;
  agreed.suite =
      is_13 ? tls::Suite::aes_128_gcm_sha256 : tls::Suite::ecdhe_ecdsa_aes_128_gcm_sha256;
  agreed.client.bytes.fill(1);
  agreed.server.bytes.fill(2);
  Session session;
  tls::Establish(session, agreed);
  session.outbound[0].window_size = window;
  tls::SetCheck(session, session.outbound[0]);
  return session;
}

/// The message that a good parcel is.
std::vector<char> Pack(const Session& session, std::string_view records, std::string_view window,
                       std::string_view facts) {
  static const ControlPair channel = MakeControlPair();
  ledger::Parcel parcel;
  parcel.facts.listener = ledger::ListenerName("web");
  parcel.tls = std::make_unique<ledger::TlsPart>();
  parcel.tls->session = session;
  parcel.tls->received = records.size();
  parcel.tls->records = records;
  parcel.tls->window = window;
  parcel.tls->facts = facts;
  Require(SendParcel(channel.child.get(), parcel, STDERR_FILENO, -1) == SendResult::sent,
          "a good parcel can be sent");
  std::vector<char> bytes(64U << 10);
  const ssize_t size = ::recv(channel.supervisor.get(), bytes.data(), bytes.size(), 0);
  Require(size > 0, "it arrives");
  bytes.resize(static_cast<std::size_t>(size));
  return bytes;
}

void Repair(std::vector<char>& message, std::size_t place) {
  Session session;
  std::memcpy(static_cast<void*>(&session), &message[place], sizeof session);
  for (tls::Inbound& each : session.inbound) tls::SetCheck(session, each);
  for (tls::Outbound& each : session.outbound) tls::SetCheck(session, each);
  std::memcpy(&message[place], &session, sizeof session);
}

void Send(int channel, std::vector<char>& message, bool has_claim) {
  static const Descriptor claim(::memfd_create("claim", MFD_CLOEXEC));
  const std::array<int, 2> fds = {STDERR_FILENO, claim.get()};
  iovec bytes{message.data(), message.size()};
  msghdr packet{};
  packet.msg_iov = &bytes;
  packet.msg_iovlen = 1;
  PassedAlong<2> passed;
  passed.Attach(packet, std::span(fds).first(has_claim ? 2 : 1));
  Require(::sendmsg(channel, &packet, 0) > 0, "anything can be sent");
}

void GoOn(const ledger::TlsPart& part) {
  static const std::unique_ptr<tls::Aead> aead = tls::MakeAead(tls::Library::automatic);
  static tls::KeySchedule schedule;
  const tls::Crypto crypto{*aead, schedule};
  Require(tls::IsIntact(part.session, part.selector), "its session is as it was left");
  Touch(part.records);
  Touch(part.window);
  Touch(tls::Decode(part.facts).server_name);
  Session session = part.session;
  tls::KeyCache cache;
  std::array<std::uint8_t, 1024> room{};
  const fuzz::Alone received(part.records);
  const tls::Opened opened = tls::RecordReader(crypto).Open(
      session, part.selector, cache,
      {reinterpret_cast<const std::uint8_t*>(received.view().data()), received.view().size()},
      room);
  Require(opened.kind != tls::Opened::Kind::broken, "it can be gone on with");
  tls::RecordWriter writer(crypto, session, part.selector, cache, room);
  (void)writer.WriteAlert(tls::Alert::close_notify);
  Require(writer.size() <= room.size(), "sizes hold");
  tls::Wipe(session);
}

void Check(std::string_view input) {
  static const ledger::Ledger memory(1, 4096);
  static const ControlPair channel = MakeControlPair();
  const auto how = static_cast<std::uint8_t>(input[0]);
  const std::size_t patches =
      std::min<std::size_t>(static_cast<std::uint8_t>(input[1]), (input.size() - 2) / kPatch);
  const std::string_view changes = input.substr(2, patches * kPatch);
  const std::string_view content = input.substr(2 + patches * kPatch);
  const std::string_view records = content.substr(0, content.size() / 2);
  const std::string_view facts = content.substr(records.size());
  const std::string_view window = (how & 1U) != 0 ? "sealed" : "";
  const Session session = MakeSession((how & 2U) != 0, static_cast<std::uint32_t>(window.size()));
  std::vector<char> message = Pack(session, records, window, facts);
  const std::string_view whole(message.data(), message.size());
  const std::size_t place = whole.find({reinterpret_cast<const char*>(&session), sizeof session});
  Require(place != whole.npos, "the session is in there");
  for (std::size_t i = 0; i < changes.size(); i += kPatch) {
    const std::size_t at = (std::size_t{static_cast<std::uint8_t>(changes[i])} << 8 |
                            static_cast<std::uint8_t>(changes[i + 1])) %
                           message.size();
    message[at] = changes[i + 2];
  }
  if ((how & 4U) != 0) Repair(message, place);
  if ((how & 8U) != 0) message.resize(message.size() - message.size() / 4);
  Send(channel.child.get(), message, (how & 16U) != 0);
  IncomingParcel arrived;
  const Inbox inbox(memory.inbox());
  if (inbox.Receive(channel.supervisor.get(), arrived) != ReceiveResult::received) {
    Require((how & 0x18U) != 0 || patches > 0 || facts.size() > ledger::kLargestFacts,
            "a good one is taken");
    return;
  }
  Require(ledger::Validate(arrived, static_cast<bool>(arrived.file)) == nullptr, "it makes sense");
  if (arrived.tls) GoOn(*arrived.tls);
}

}  // namespace
}  // namespace tined::channels

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  tined::channels::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}

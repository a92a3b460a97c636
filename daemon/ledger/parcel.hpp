// A connection on its way from one worker to another: what of its record means something in another
// process. Made from a record by the worker that gives it away, or by the supervisor for a worker
// that is dying; checked by whoever receives it, for the sender may be another version of this
// program, and a dead worker's memory may have been scribbled over.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/descriptor.hpp"
#include "config/model.hpp"
#include "ledger/arena.hpp"
#include "ledger/record.hpp"
#include "ledger/tls_state.hpp"

namespace tined::ledger {

/// What happened to the request at the front of the input, before its answer was committed.
enum class Fate : std::uint8_t {
  untouched,    ///< no handler has seen it
  interrupted,  ///< its handler was at work when the worker ended for another reason
  culprit,      ///< its handler ended the worker: answer 500, never run it again
};

/// The facts of a record that mean something in another process.
struct Facts {
  ListenerNameText listener{};  ///< what the sender's configuration calls it: for people
  SocketId socket_id = 0;       ///< who goes on is the listener that has this socket
  Peer peer;
  std::uint64_t requests = 0;
  std::uint64_t received = 0;        ///< bytes since accept, the input below included
  std::uint64_t sent_before = 0;     ///< bytes since accept, without the batch below
  std::uint64_t batch_position = 0;  ///< bytes of the batch that are out already, files included
  std::uint8_t closes_after_output = 0;  ///< 0 or 1, as all flags that come from elsewhere
  std::uint8_t continue_sent = 0;
  std::uint8_t replays = 0;
  std::uint8_t is_counted = 0;  ///< 0 or 1: the request at the front of the input has been
  std::uint8_t is_new = 0;      ///< 0 or 1: no worker has had it, a handshaker has accepted it
  std::uint8_t is_stream = 0;   ///< 0 or 1: HTTP, or messages of a stream
  Fate fate = Fate::untouched;
  // Ends of workers that were at work on it, as in the record.
  std::uint8_t faults = 0;
  std::uint8_t kills = 0;

  /// Whether the connection has cost as many workers as one may: nobody takes it again. An end that
  /// came from outside says little; so many in a row, with no byte moved in between, are no chance
  /// either.
  [[nodiscard]] bool has_cost_enough() const noexcept {
    return faults >= kMostFaults || kills >= kMostKills;
  }
  static constexpr std::uint8_t kMostFaults = 2;
  static constexpr std::uint8_t kMostKills = 8;
};

/// What goes along with a connection that has TLS. The views are as the parcel's. Copies of its
/// secrets are wiped with it.
struct TlsPart {
  TlsPart() = default;
  TlsPart(const TlsPart&) = delete;
  TlsPart& operator=(const TlsPart&) = delete;
  ~TlsPart() { tls::Wipe(session); }

  tls::Session session;
  tls::Selector selector;
  std::uint32_t handshake_received = 0;  ///< bytes since accept that the handshake took
  std::uint64_t received = 0;            ///< bytes of records since then, those below included
  std::uint32_t window_sent = 0;         ///< bytes of the sealed window that are out
  int claim = -1;  ///< borrowed; goes along with an outgoing one that its giver may leave behind
  std::string_view records;  ///< received, not opened
  std::string_view window;   ///< the whole sealed window; empty when all of it is out
  std::string_view facts;    ///< what the handshake told of the client (tls/facts.hpp)
  /// Facts that did not lie in the arena.
  std::array<char, TlsState::kShortFacts> short_facts{};
};

/// A connection on its way. The views of an outgoing one are borrowed; an incoming one's lie in its
/// own `storage`, and stay good when the parcel is moved.
struct Parcel {
  Facts facts;
  std::string_view input;   ///< received, not answered
  std::string_view output;  ///< the whole batch, what is out of it included
  std::string_view state;   ///< what a stream's module has it remember
  bool is_opened = false;   ///< a stream's module has answered it something
  std::vector<FilePart> parts;
  config::FileIo file_io = config::FileIo::sendfile;  ///< how the file of the parts is read
  std::unique_ptr<TlsPart> tls;                       ///< null: its bytes travel as they are
  std::vector<char> storage;
};

/// What is known of a connection beside its record.
struct Observed {
  std::uint64_t unrecorded = 0;      ///< bytes in the arena behind the recorded input
  std::uint64_t batch_position = 0;  ///< how much of the batch is out
  std::uint64_t sent_before = 0;     ///< counts when there is no batch
  Fate fate = Fate::untouched;
};

/// The blocks that a record may show.
struct Holdings {
  /// Finds blocks anywhere in `all`: for a record of this process's own.
  Holdings(std::span<const char> all) : arena(all) {}  // NOLINT: an arena is its own holdings
  Holdings(std::span<char> all) : arena(all) {}        // NOLINT
  /// The blocks that are tagged as the owner's alone.
  Holdings(std::span<const char> all, std::span<const BlockTag> whose, std::uint32_t number)
      : arena(all), tags(whose), owner(number) {}

  [[nodiscard]] bool Hold(std::uint64_t offset, std::uint64_t size) const noexcept;

  std::span<const char> arena;
  std::span<const BlockTag> tags;
  std::uint32_t owner = 0;
};

/// Fills `parcel` from a record that holds these blocks; the views point into the arena. False when
/// the record makes no sense, or shows what is not its own; nothing outside of the holdings is ever
/// touched, whatever the record says.
/// The record is the caller's own, or a copy (Snapshot) if somebody else can write it. What the
/// views show may change at any time where somebody else can write the arena: it is bytes to be
/// sent on, not to be understood.
[[nodiscard]] bool Describe(const Record& record, const Holdings& holdings,
                            const Observed& observed, Parcel& parcel);

/// What is known of a connection's TLS beside its state.
struct ObservedTls {
  std::uint64_t unrecorded = 0;   ///< bytes of records in the arena behind the recorded ones
  std::uint32_t window_sent = 0;  ///< how much of the window is out
};
/// What a session says of its record: how far the batch has got, what was opened and not noted.
[[nodiscard]] Observed ObservedBy(const TlsState& state, const Record& record) noexcept;
/// Adds the TLS part to a parcel that Describe has filled. The state is the caller's own, or a
/// copy; false as with Describe.
[[nodiscard]] bool DescribeTls(const TlsState& state, const Holdings& holdings,
                               const ObservedTls& observed, Parcel& parcel);

/// Bytes of it that are copied when it travels.
[[nodiscard]] std::size_t SizeOf(const Parcel& parcel) noexcept;
/// The most of them.
inline constexpr std::uint64_t kLargestParcel = std::uint64_t{256} << 20;

/// What a number that came from elsewhere means; sendfile when it means nothing.
[[nodiscard]] config::FileIo FileIoOf(std::uint8_t number) noexcept;

/// nullptr when the parcel makes sense, else what is wrong with it.
[[nodiscard]] const char* Validate(const Parcel& parcel, bool has_file) noexcept;

/// Moves what the views show into the parcel's own storage, so that the arena may go.
void Detach(Parcel& parcel);

/// The most that is said of a client with TLS.
inline constexpr std::size_t kLargestFacts = 15U << 10;
/// A parcel has no more file parts than this.
inline constexpr std::uint32_t kMostParts = 1024;

}  // namespace tined::ledger

// What the supervisor gives to the program that does TLS handshakes (tined-handshaker) when it
// starts it: one document (CBOR, RFC 8949) in a sealed memory file, whose descriptor's number is
// the program's only argument. Both programs are of one version: each refuses another's. Supervisor
// writes, handshaker reads.
//
// The program begins as whoever the supervisor is. It keeps Descriptors() and nothing else, becomes
// `identity` (children::AfterFork), and makes itself undumpable before it reads a key. Files are
// read with pread(2) from their beginning: siblings share the open file and its position, and names
// are for messages alone, no path is ever opened. It owes the supervisor on the control pair
// (channels/control_pair.hpp), within 30 seconds:
// - `copied`, if it `makes_copies`, for each of CopiedFiles: a sealed copy comes along,
//   which the next ones are given in the file's place; `count` is the file's number, through all
//   listeners, from 0;
// - `ready`, once it has read all files and told the certificates on its board; it accepts nothing
//   yet: the workers that its connections are for may not be there; or
// - `refuses`, a message each problem: `count` is the listener's place in `listeners` plus one
//   (0: no listener's), the text is one line that names file and reason; then it exits with 1.
// From then on it beats on its board, and obeys:
// - `accept`: it accepts, until one of the next two;
// - `drain`, `stop`: it accepts no more, ends each handshake that has begun within its listener's
//   handshake_timeout (the supervisor kills it soon after the longest of them), hands over and
//   exits with 0. So it does when the control pair ends, whose supervisor is gone;
// - `give_to`: connections go down the channel that comes along from now on;
// - `staple`: the OCSP answer of the certificate `count` (counted through all listeners, from 0) is
//   the file that comes along; without one, nothing is stapled any more.
// With `is_check` it does the first half: no sockets, no channel, no board, no ticket ring; `ready`
// means that nothing is wrong; then it exits with 0. A fault in one of the files never crashes it.
#pragma once

#include <fcntl.h>

#include <string>
#include <vector>

#include "base/descriptor.hpp"
#include "children/identity.hpp"
#include "config/model.hpp"
#include "ledger/socket_id.hpp"

namespace tined::handshaker {

/// Descriptors of the files that a listener's settings name, by their places there; -1: none.
struct Files {
  struct Certificate {
    int certificate = -1;
    int key = -1;
    int ocsp = -1;
  };
  std::vector<Certificate> certificates;
  int ticket_keys = -1;
  int ca = -1;
  int crl = -1;
  int key_log = -1;  ///< open for appending
};

/// Those that stay as they were when their generation began: all but OCSP answers, which are read
/// again when they change, and logs.
[[nodiscard]] std::vector<int*> CopiedFiles(Files& files);
/// What has been copied cannot be changed any more, by nobody.
inline constexpr int kSeals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
[[nodiscard]] bool IsSealed(int file) noexcept;

/// Where connections arrive: bound, listening, non-blocking, shared with siblings.
struct Socket {
  int descriptor = -1;
  ledger::SocketId id = 0;  ///< goes along in the parcel (ledger::Facts::socket_id)
};

/// A listener that speaks TLS.
struct Listener {
  std::string name;
  /// What ALPN offers, the best first (RFC 7301); empty: it is not spoken, as for streams.
  std::vector<std::string> protocols;
  config::Tls tls;  ///< positions are left out
  Files files;
  std::vector<Socket> sockets;  ///< systemd may have passed several
};

struct Start {
  bool is_check = false;
  config::Log log;
  int pending = 1024;               ///< handshakes at once; beyond it does not accept
  std::vector<Listener> listeners;  ///< those with TLS, in the order of the configuration
  children::Identity identity;
  int generation = 0;
  int number = 0;  ///< which of its generation's: from 0
  /// It copies its files: the first of its generation.
  bool makes_copies = false;
  // Descriptors that were left open for the program:
  int control = -1;  ///< its end of the control pair
  int give = -1;     ///< where connections are handed over (channels/handoff.hpp)
  int board = -1;    ///< memory with a shared::HandshakerBoard
  /// Memory with a shared::KeyRing, for the keys of tickets (handshake::TicketKeys): all
  /// handshakers of all generations share it, those of the next image included, and nobody else
  /// maps it. Listeners that want other keys than the ring's have them in a file.
  int tickets = -1;

  /// All of them, those of listeners included, without order.
  [[nodiscard]] std::vector<int> Descriptors() const;
};

/// `start` in a memory file that nobody can change. Throws std::system_error.
[[nodiscard]] Descriptor Write(const Start& start);
/// Throws std::runtime_error with the reason in words when this program cannot begin with it.
[[nodiscard]] Start Read(int memory);

}  // namespace tined::handshaker

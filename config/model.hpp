// What an operator configures, as plain structs with every default in place. Filled by the loader,
// checked once, then never changed: workers read it as constants. Owned by whoever loaded it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "config/address.hpp"
#include "config/admission_rules.hpp"
#include "config/answer_rules.hpp"
#include "config/http2_rules.hpp"
#include "config/position.hpp"
#include "config/setting_tree.hpp"
#include "config/upstream_rules.hpp"

namespace tined::config {

using namespace tined::literals;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Restart {
  Duration backoff = milliseconds(100);  ///< before the second restart; doubles from there
  Duration backoff_max = seconds(10);    ///< the longest wait
  int limit = 20;                        ///< deaths in the pool within `within` ...
  Duration within = seconds(10);         ///< ... after which every restart waits backoff_max
};

/// When a worker is replaced by a fresh one; 0: never.
struct Recycle {
  std::uint64_t requests = 0;  ///< answered
  Duration age{};
  Bytes memory{};  ///< its own, shared pages not counted
};

struct Workers {
  int count = 0;  ///< 0: one a CPU this process may run on (`auto` in the file)
  std::uint32_t max_connections = 10000;  ///< each worker
  Duration watchdog = seconds(30);        ///< a loop silent for longer is killed; 0: never
  Recycle recycle;
  Restart restart;
};

/// The threads of each worker that run handlers with `run: thread`.
struct Threads {
  int count = 16;                  ///< at most; started when needed
  int queue = 1024;                ///< requests that wait for one; more are answered with 503
  Duration timeout = seconds(60);  ///< for one request: 504, and its thread is written off
};

/// The processes that run handlers with `run: process`; for all workers together.
struct Processes {
  int count = 4;                           ///< kept ready for the next request
  int max = 16;                            ///< at once, those at work included
  std::uint64_t requests_per_process = 1;  ///< after so many it ends; 0: it goes on
  Duration timeout = seconds(60);          ///< for one request: killed, 504
  Bytes memory{};    ///< address space of each (RLIMIT_AS); 0: as the system has it
  int queue = 1024;  ///< requests of each worker that wait for one; more are answered with 503
};

/// The programs (CGI) of each worker.
struct Programs {
  int count = 16;             ///< at most, at once; requests for more are answered with 503
  Bytes spool = 16_MiB;       ///< of one answer, kept on disk for a slow client; 0: none
  Bytes spool_total = 1_GiB;  ///< of all answers of a worker
};

struct Backends {
  Threads threads;
  Processes processes;
  Programs programs;
};

struct Timeouts {
  Duration header = seconds(10);  ///< from a request's first byte to its header's last
  Duration body = seconds(30);    ///< longest silence inside a request body
  Bytes body_rate = 500_B;        ///< least bytes a second of one, over each `body`; 0: any
  Duration idle = seconds(75);    ///< between requests, and before the first
  Duration write = seconds(30);   ///< longest wait for a client that does not read
  Bytes write_rate = 500_B;       ///< least bytes a second that it takes, over each `write`; 0: any
};

struct Limits {
  Bytes header_size = 16_KiB;                  ///< all header field lines of a request together
  int headers = 100;                           ///< header field lines of a request
  Bytes target = 8_KiB;                        ///< the request target
  Bytes body = 1_MiB;                          ///< the request body, decoded
  std::optional<ConnectionLimit> connections;  ///< of listeners that say nothing of it
};

struct Log {
  log::Level level = log::Level::info;
  log::Format format = log::Format::automatic;
};

struct AccessLog {
  enum class Format { common, combined, json };
  std::string path;
  Format format = Format::combined;
  Position where;
};

/// How a file gets from the disk to the client. The values travel between processes: they stay.
enum class FileIo : std::uint8_t {
  sendfile,     ///< sendfile(2): without a copy in this process; a cold disk is waited for
  blocking,     ///< pread(2): with a copy; a cold disk is waited for
  nonblocking,  ///< preadv2(2) with RWF_NOWAIT; what would have to be waited for, a thread reads
  async,        ///< io_uring(7); where the kernel forbids it, as nonblocking
};

/// Serves files below `root`: the route's path prefix is replaced by `root`.
struct Static {
  std::string root;
  std::vector<std::string> index = {"index.html"};
  std::vector<std::string> candidates;  ///< `try`: the first of these that is there; none: the path
  bool listing = false;  ///< answer a directory without index with a list of its entries
  bool hidden = false;   ///< serve names that begin with a dot
  std::vector<std::string> visible = {".well-known"};  ///< names that are served all the same
  Setting types;                  ///< extension: media type, before the table's
  std::string charset = "utf-8";  ///< of text/* whose type does not say it; empty: it is not said
  bool precompressed = true;      ///< look for .br, .zst and .gz siblings
  FileIo io = FileIo::sendfile;
  Position where;
  /// Suffixes of files that are never sent, which no key sets: sources of scripts.
  std::vector<std::string> withheld;
};

/// Answers with fixed bytes.
struct Respond {
  int status = 200;
  std::string body;
  std::string type = "text/plain; charset=utf-8";
};

/// Answers with Location: `to`, then what followed the route's path, then the query; where `to` has
/// parts of the request in it (address_text.hpp), nothing but that.
struct Redirect {
  std::string to;
  int status = 308;
};

/// What a module wants of executors of its own, in place of what `backends.processes` says.
struct OwnProcesses {
  std::optional<int> count;
  std::optional<int> max;
  std::optional<std::uint64_t> requests_per_process;
  std::optional<Duration> timeout;
  std::optional<Bytes> memory;
  std::optional<int> queue;

  [[nodiscard]] Processes Over(const Processes& general) const;
};

/// Answers with code from a shared object.
struct Module {
  enum class Run { event, thread, process };
  std::string file;
  Run run = Run::event;
  /// With `run: process`: it has executors of its own; absent: it shares those of all others.
  std::optional<OwnProcesses> processes;
  Setting settings;
  Position where;
  /// The descriptor of a copy of `file` that is loaded in its place, which no key sets; -1: none
  /// is.
  int image = -1;
};

/// What one process of a program may use; 0: as much as tined itself.
struct ProgramLimits {
  Bytes memory = 2_GiB;                    ///< address space
  Duration cpu = std::chrono::minutes(5);  ///< CPU time
  int processes = 0;                       ///< of tined's user, all together
  int open_files = 1024;
};

/// Answers with the output of a program (CGI/1.1, RFC 3875). Either `root` or `file`.
struct Program {
  std::optional<std::string> root;  ///< the directory that the route's path stands for
  std::optional<std::string> file;  ///< the program that answers everything below the route's path
  Duration timeout = seconds(60);   ///< longest silence of the program
  bool authorization = false;       ///< it sees the Authorization field
  Setting environment;              ///< a map of texts: variables of its environment
  ProgramLimits limits;
  Position where;
};

/// Which requests may be run again when their worker died before the answer had begun.
enum class Replay {
  safe,        ///< GET, HEAD, OPTIONS (RFC 9110, 9.2.1)
  idempotent,  ///< the safe ones, PUT and DELETE (RFC 9110, 9.2.2)
  none,
};

/// Which of the paths below its own a route takes: one of the two is there.
struct Match {
  std::optional<std::string> glob;
  std::optional<std::string> regex;
};

struct Route {
  std::string path = "/";          ///< prefix of the decoded path, matched at whole segments
  bool exact = false;              ///< the path alone, nothing below it
  std::optional<Match> match;      ///< absent: all paths
  std::vector<std::string> hosts;  ///< `host`; empty: any. Lower case, without port; `*.a.example`
  std::vector<std::string> methods;    ///< empty: any
  std::optional<std::string> rewrite;  ///< what the handler sees of the path (address_text.hpp)
  Replay replay = Replay::safe;
  AdmissionRules admission;
  std::optional<RequestId> request_id;
  AnswerRules answers;
  std::variant<Static, Respond, Redirect, Module, Program, Proxy, FastCgi> handler;
  Position where;
};

/// Hands raw connections to code: bytes in, bytes out.
struct Stream {
  std::variant<Module> handler;
  Replay replay = Replay::none;  ///< idempotent: a message may be given to the code again
};

/// A certificate that a listener shows its clients.
struct Certificate {
  std::string certificate;          ///< PEM: the server's, then those of its issuers
  std::string key;                  ///< PEM, not encrypted
  std::optional<std::string> ocsp;  ///< DER: what is stapled
  Position where;
};

/// How sessions are resumed.
struct Tickets {
  Duration rotate = std::chrono::hours(12);  ///< when there is another key
  int keep = 1;                              ///< earlier keys that still open tickets
  std::optional<std::string> keys;           ///< a file of keys, which are used as they are
  Position where;
};

/// What clients have to show.
struct ClientCertificates {
  std::string ca;  ///< PEM: whose certificates are trusted
  bool require = true;
  int depth = 2;                   ///< certificates between the client's and a trusted one
  std::optional<std::string> crl;  ///< PEM: what is revoked
  Position where;
};

/// How a listener speaks TLS with its clients.
struct Tls {
  enum class Version { tls12, tls13 };
  enum class UnknownHost { default_certificate, reject };
  std::vector<Certificate> certificates;  ///< the first is for hosts that none is for
  Version min_version = Version::tls12;
  std::vector<std::string> groups = {"X25519", "P-256", "P-384"};  ///< best first
  UnknownHost unknown_host = UnknownHost::default_certificate;
  std::optional<Tickets> tickets = Tickets();  ///< absent: no session is resumed
  std::optional<ClientCertificates> client_certificates;
  Duration handshake_timeout = seconds(10);
  std::optional<std::string> key_log;  ///< a file that gets the secrets of all sessions
  Position where;
};

/// The processes that hold private keys and do TLS handshakes.
struct Handshakers {
  int count = 0;       ///< 0: one, from four CPUs on two (`auto` in the file)
  int pending = 1024;  ///< handshakes at once, of each
};

/// What holds for TLS on all listeners.
struct TlsEngine {
  /// Whose code encrypts and decrypts records.
  enum class Crypto { automatic, ipsec_mb, openssl };
  Crypto crypto = Crypto::automatic;
};

/// What a client may speak on a listener with routes.
enum class HttpVersion { http1, http2 };

struct Listener {
  std::string name;
  Address address;
  std::optional<std::uint32_t> mode;  ///< of a unix socket's file; absent: 0660
  int backlog = 4096;                 ///< the kernel caps it at net.core.somaxconn
  std::optional<Tls> tls;
  /// The best first. With TLS, ALPN says which; else its first bytes do.
  std::vector<HttpVersion> protocols = {HttpVersion::http1};
  Http2 http2;
  std::vector<Network> trusted_proxies;  ///< whose word on their clients is believed
  ForwardedBy forwarded = ForwardedBy::x;
  AdmissionRules admission;  ///< for its routes, unless they say otherwise
  std::optional<RequestId> request_id;
  AnswerRules answers;  ///< for its routes, unless they say otherwise
  std::vector<Route> routes;
  std::optional<Stream> stream;  ///< instead of routes
  Position where;
};

struct Config {
  std::string user;   ///< ignored unless started as root, and then not empty (CheckSystem)
  std::string group;  ///< empty: the user's own group
  Workers workers;
  Duration drain_timeout = seconds(30);
  bool rescue = true;  ///< carry on the connections of workers that die
  Timeouts timeouts;
  Limits limits;
  Backends backends;
  Handshakers handshakers;
  TlsEngine tls;
  Log log;
  std::optional<AccessLog> access_log;
  std::string control;  ///< path of the control socket; empty: none
  std::vector<Listener> listeners;
  Position user_where;
  Position group_where;
  Position control_where;
};

/// What a connection must have for a listener to answer what is asked on it.
struct Demands {
  bool tls = false;
  bool client_certificate = false;

  /// Whether one that has `had` has enough.
  [[nodiscard]] constexpr bool AreMetBy(const Demands& had) const noexcept {
    return (!tls || had.tls) && (!client_certificate || had.client_certificate);
  }
};
[[nodiscard]] Demands DemandsOf(const Listener& listener) noexcept;

/// Some listener speaks TLS.
[[nodiscard]] bool HasTls(const Config& config);
/// Paths of private keys, and of tickets' keys: for handshakers alone.
[[nodiscard]] std::vector<std::string> KeyFilesOf(const Tls& tls);
[[nodiscard]] std::vector<std::string> KeyFilesOf(const Config& config);

/// Each file of users once, where it is named first.
[[nodiscard]] std::vector<const BasicAuth*> BasicAuthsOf(const Config& config);

/// A use of a module.
struct ModuleUse {
  const Module* module;
  bool is_stream;     ///< for a listener's connections, not for a route's requests
  std::string place;  ///< the route's path, the listener's name
};
/// All uses of modules.
[[nodiscard]] std::vector<ModuleUse> ModulesOf(const Config& config);
/// Uses of modules that run in executors.
[[nodiscard]] std::vector<ModuleUse> ProcessModulesOf(const Config& config);
inline constexpr std::size_t kMostProcessModules = 256;

/// Uses of modules that share executors, which run nothing else: their places here are their
/// numbers there.
struct ProcessPool {
  Processes settings;
  std::vector<ModuleUse> uses;
};
/// All of them, each use of a module that runs in executors in one.
[[nodiscard]] std::vector<ProcessPool> ProcessPoolsOf(const Config& config);

}  // namespace tined::config

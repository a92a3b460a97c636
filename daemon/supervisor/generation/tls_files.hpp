// The files that listeners with TLS name: certificates, keys and what else handshakers read. Opened
// by the supervisor as whoever it is, passed on to handshakers, and read by them alone: no process
// that others are forked from ever has a key in its memory. The generation's first handshaker gives
// copies back, which later ones are given. Owned by the generation. Supervisor;
// any process that checks a configuration.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/local_path.hpp"
#include "config/problem.hpp"
#include "handshaker/start.hpp"
#include "supervisor/listening/listening.hpp"

namespace tined::supervisor {

class TlsFiles {
 public:
  /// Key logs are made where they are not there yet; whoever only checks makes none.
  enum class KeyLogs { open, leave };

  /// No listener has TLS.
  TlsFiles() = default;
  /// Throws config::ConfigError with all that cannot be opened, or lies where `strangers` could
  /// have put it.
  TlsFiles(const config::Config& config, const local_path::Strangers& strangers, KeyLogs key_logs);

  /// What a handshaker is told of the listeners of `config`, which this was made of: settings,
  /// files, and those of `sockets` that are theirs. The descriptors are borrowed.
  [[nodiscard]] std::vector<handshaker::Listener> Listeners(const config::Config& config,
                                                            const OpenSockets& sockets) const;

  /// An answer of OCSP that is another file, or has been written anew, since it was opened last.
  struct Staple {
    std::uint32_t certificate = 0;  ///< its number, through all listeners with TLS
    int file = -1;                  ///< borrowed
  };
  /// Looks for them, and opens those that it finds.
  [[nodiscard]] std::vector<Staple> OpenChangedStaples();

  /// A handshaker's copy of a file (handshaker/start.hpp, `copied`) takes its place. What is no
  /// sealed copy is left out.
  void Keep(std::size_t place, Descriptor copy);

 private:
  struct Ocsp {
    std::string path;
    std::uint32_t certificate;
    std::size_t listener;  ///< where the descriptor is in files_
    std::size_t place;
    struct stat status;  ///< of the file that is open
  };

  void Add(const config::Tls& tls, KeyLogs key_logs, std::vector<config::Problem>& problems);
  [[nodiscard]] int Open(const std::string& path, const config::Position& where,
                         std::vector<config::Problem>& problems);
  [[nodiscard]] int OpenKeyLog(const config::Tls& tls, std::vector<config::Problem>& problems);

  void Close(int file);

  local_path::Strangers strangers_;
  std::vector<Descriptor> open_;
  std::vector<Ocsp> ocsp_;
  std::uint32_t certificates_ = 0;        ///< counted so far
  std::vector<handshaker::Files> files_;  ///< by listeners that have TLS
};

}  // namespace tined::supervisor

// Reads what an operator wrote and gives a checked Config, or everything that is wrong with it.
// For start-up, `--check` and the supervisor's reload: any process, single-threaded, and nothing
// here touches what is running. Errors are exceptions; a Config that was returned is complete.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "config/problem.hpp"

namespace tined::config {

struct LoadOptions {
  std::string file;  ///< empty: the built-in default
  // What the built-in default serves when there is no file, and where; see Default.
  std::string directory;  ///< empty: the current one
  std::string address = "127.0.0.1";
  std::uint16_t port = kDefaultPort;  ///< 0: any that is free
  bool listing = true;                ///< directories without an index are listed
  static constexpr std::uint16_t kDefaultPort = 8080;
};

/// Reads the file, takes in the drop-ins (`conf.d/*.yaml` beside it, sorted by name), checks all of
/// it. Throws ConfigError. Looks at nothing but these files and the environment variables named.
Config Load(const LoadOptions& options);

/// Problems that only the running system can tell: a root directory that is not there or not
/// readable, an unknown user or group, a log or socket whose directory is missing. No side effect.
std::vector<Problem> CheckSystem(const Config& config);

/// What can be served, and is hardly meant: a file of users that anybody can read. No side effect.
std::vector<Problem> Cautions(const Config& config);

/// The effective configuration as YAML, every default filled in. Loading it gives an equal Config.
std::string Print(const Config& config);

/// The control socket when the file names none: $RUNTIME_DIRECTORY/control.sock in a service of
/// systemd's, /run/tined/control.sock as root, else $XDG_RUNTIME_DIR/tined/control.sock, else
/// /tmp/tined-UID/control.sock.
std::string DefaultControlPath();

/// Where the built-in default listens; nothing for an address that is none.
std::optional<Address> QuickAddress(const LoadOptions& options);
/// The built-in default: one directory at one address; as root with workers of the directory's
/// owner, or `nobody` where that is root. The address has been looked at (QuickAddress).
Config Default(const LoadOptions& options);

}  // namespace tined::config

#include "handshaker/readers.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <set>

#include "base/log.hpp"
#include "children/hidden_files.hpp"

namespace tined::handshaker {
namespace {

/// Empty: nobody can.
std::string WhyReadable(const std::string& file, const children::Identity& identity) {
  if (!identity.is_other) return children::ObstacleToHiding(file);
  const bool is_open = ::faccessat(AT_FDCWD, file.c_str(), R_OK, AT_EACCESS) == 0;
  return is_open ? "the file's mode lets their user read it" : "";
}

}  // namespace

void WarnOfReaders(const Start& start) {
  std::set<std::string> told;
  for (const Listener& listener : start.listeners) {
    for (const std::string& file : config::KeyFilesOf(listener.tls)) {
      const std::string reason = WhyReadable(file, start.identity);
      if (reason.empty() || !told.insert(reason).second) continue;
      log::Warning("workers and programs can read a private key",
                   {{"listener", listener.name}, {"key", file}, {"reason", reason}});
    }
  }
}

}  // namespace tined::handshaker

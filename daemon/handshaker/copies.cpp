#include "handshaker/copies.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "channels/control_pair.hpp"
#include "handshaker/settings.hpp"

namespace tined::handshaker {
namespace {

/// Empty: it cannot be copied.
Descriptor CopyOf(int file) noexcept {
  struct stat status {};
  const bool is_file = file >= 0 && ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  if (!is_file || static_cast<std::size_t>(status.st_size) > kLargestFile) return {};
  Descriptor copy(::memfd_create("tined-tls", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  off_t at = 0;
  while (copy && at < status.st_size) {
    const auto left = static_cast<std::size_t>(status.st_size - at);
    const ssize_t done = ::sendfile(copy.get(), file, &at, left);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return {};
    if (done == 0) break;  // It has become shorter.
  }
  if (!copy || ::fcntl(copy.get(), F_ADD_SEALS, kSeals) != 0) return {};
  return copy;
}

}  // namespace

Copies::Copies(Start& start) {
  if (!start.makes_copies) return;
  std::uint32_t place = 0;
  for (Listener& listener : start.listeners) {
    for (int* const file : CopiedFiles(listener.files)) {
      if (Descriptor copy = CopyOf(*file)) {
        *file = copy.get();
        copies_.push_back({place, std::move(copy)});
      }
      ++place;
    }
  }
}

void Copies::Tell(int control) const noexcept {
  for (const Copy& each : copies_) {
    channels::SendMessagePatiently(control, {channels::MessageKind::copied, each.place}, {},
                                   each.file.get());
  }
}

}  // namespace tined::handshaker

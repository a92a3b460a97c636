#include "base/memory_file.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace tined {

Descriptor MakeMemoryFile(const char* name, std::span<const std::string_view> pieces) noexcept {
  Descriptor file(::memfd_create(name, MFD_CLOEXEC));
  if (!file) return {};
  off_t at = 0;
  for (std::string_view rest : pieces) {
    // By position, which stays where the reader begins: a program reads this as standard input.
    while (!rest.empty()) {
      const ssize_t written = ::pwrite(file.get(), rest.data(), rest.size(), at);
      if (written <= 0) return {};
      at += written;
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  return file;
}

Descriptor MakeMemoryFile(const char* name, std::string_view bytes) noexcept {
  return MakeMemoryFile(name, std::span(&bytes, 1));
}

}  // namespace tined

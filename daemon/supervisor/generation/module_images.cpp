#include "supervisor/generation/module_images.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <variant>

#include "base/error.hpp"
#include "base/log.hpp"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

namespace tined::supervisor {
namespace {

/// More than that is no module, or none to be had twice.
constexpr off_t kLargest = off_t{512} << 20;

bool IsUnchanged(const struct stat& a, const struct stat& b) noexcept {
  const auto same = [](const timespec& x, const timespec& y) {
    return x.tv_sec == y.tv_sec && x.tv_nsec == y.tv_nsec;
  };
  // The time of change cannot be set back, as the time of modification can.
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         same(a.st_mtim, b.st_mtim) && same(a.st_ctim, b.st_ctim);
}

/// The name is what /proc/PID/maps shows, and stacks in the log.
Descriptor MakeMemory(const std::string& file) {
  const std::string name = file.substr(file.rfind('/') + 1).substr(0, 200);
  constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  // Linux 6.3 and newer want to be told that code may be run from it; older ones do not know how.
  int memory = ::memfd_create(name.c_str(), kFlags | MFD_EXEC);
  if (memory < 0 && errno == EINVAL) memory = ::memfd_create(name.c_str(), kFlags);
  return Descriptor(Check(memory, "memfd_create"));
}

/// Throws std::system_error.
Descriptor Copy(const std::string& file, int from, off_t size) {
  Descriptor memory = MakeMemory(file);
  for (off_t left = size; left > 0;) {
    const ssize_t done = ::sendfile(memory.get(), from, nullptr, static_cast<std::size_t>(left));
    if (done < 0 && errno == EINTR) continue;
    Check(static_cast<int>(std::min<ssize_t>(done, 1)), "copy a module");
    if (done == 0) break;  // It has become shorter: whoever loads the copy finds out.
    left -= done;
  }
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  Check(::fcntl(memory.get(), F_ADD_SEALS, kSeals), "seal a module's copy");
  return memory;
}

template <typename Action>
void ForEachModule(config::Config& config, Action action) {
  for (config::Listener& listener : config.listeners) {
    for (config::Route& route : listener.routes) {
      if (auto* const module = std::get_if<config::Module>(&route.handler)) action(*module);
    }
    if (!listener.stream) continue;
    if (auto* const module = std::get_if<config::Module>(&listener.stream->handler)) {
      action(*module);
    }
  }
}

}  // namespace

ModuleImages::ModuleImages(config::Config& config, const ModuleImages* before) {
  ForEachModule(config, [&](config::Module& module) {
    try {
      module.image = CopyOf(module.file, before);
    } catch (const std::system_error& error) {
      module.image = -1;
      log::Warning(
          "a module's file cannot be copied and is loaded from where it is: do not write over it "
          "while it serves",
          {{"module", module.file}, {"error", error.what()}});
    }
  });
}

/// -1: it is no file that could be loaded, as whoever tries will say.
int ModuleImages::CopyOf(const std::string& file, const ModuleImages* before) {
  const auto is_it = [&](const Image& image) { return image.file == file; };
  const auto made = std::find_if(images_.begin(), images_.end(), is_it);
  if (made != images_.end()) return made->copy->get();
  // Non-blocking: a pipe without a writer would hold everything up.
  const Descriptor from(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  Image image;
  image.file = file;
  if (!from || ::fstat(from.get(), &image.status) != 0 || !S_ISREG(image.status.st_mode)) return -1;
  if (image.status.st_size > kLargest) {
    errno = EFBIG;
    ThrowErrno("copy a module");
  }
  if (before != nullptr) {
    const auto earlier = std::find_if(before->images_.begin(), before->images_.end(), is_it);
    // What is written twice within a tick of the file system's clock shows once.
    const bool is_same = earlier != before->images_.end() &&
                         IsUnchanged(earlier->status, image.status) &&
                         earlier->copied > earlier->status.st_ctim.tv_sec + 1;
    if (is_same) {
      image.copy = earlier->copy;
      image.copied = earlier->copied;
    }
  }
  if (!image.copy) {
    image.copied = std::time(nullptr);
    image.copy = std::make_shared<const Descriptor>(Copy(file, from.get(), image.status.st_size));
  }
  images_.push_back(std::move(image));
  return images_.back().copy->get();
}

std::vector<int> ModuleImages::descriptors() const {
  std::vector<int> all;
  for (const Image& image : images_) all.push_back(image.copy->get());
  return all;
}

}  // namespace tined::supervisor

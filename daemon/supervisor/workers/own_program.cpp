#include "supervisor/workers/own_program.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "base/error.hpp"
#include "children/close_others.hpp"

namespace tined::supervisor {
namespace {

/// Beside this program, as it is built; else where it is installed. Of this program the directory
/// counts: its file may have another name by now, or none.
std::filesystem::path Find(const char* name) {
  const std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  std::error_code ignored;
  std::filesystem::path beside = own / name;
  if (std::filesystem::exists(beside, ignored)) return beside;
  return (own / TINED_EXECUTOR_DIRECTORY / name).lexically_normal();
}

}  // namespace

std::string OwnProgram::Open(const local_path::Strangers& strangers) {
  if (file_) return {};
  try {
    const std::filesystem::path path = Find(name_);
    // Strangers could put another one there, which would be run as root for as long as it takes to
    // become somebody else.
    local_path::CheckProgram(path, strangers);
    file_ = Descriptor(Check(::open(path.c_str(), O_PATH | O_CLOEXEC), path.native()));
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

void OwnProgram::Become(const Descriptor& document, std::vector<int> kept) const {
  children::CloseOthersOnExec();
  kept.push_back(document.get());
  for (const int fd : kept) Check(::fcntl(fd, F_SETFD, 0), "leave a descriptor open");
  std::string number = std::to_string(document.get());
  std::string name = name_;
  char* const arguments[] = {name.data(), number.data(), nullptr};
  ::execveat(file_.get(), "", arguments, environ, AT_EMPTY_PATH);
  ThrowErrno(name_);
}

}  // namespace tined::supervisor

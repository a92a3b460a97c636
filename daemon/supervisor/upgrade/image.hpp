// The program file: the one that this process runs, and the one that is at its path by now, to be
// run in its stead. Supervisor.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/descriptor.hpp"
#include "supervisor/upgrade/state.hpp"

namespace tined::supervisor {

class Image {
 public:
  /// `arguments`: the whole command line. `path`: where the program is looked for, if an earlier
  /// image has found that out.
  explicit Image(std::vector<std::string> arguments, std::string path = {});

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// The file that this process runs, whatever is at its path, for Return; -1: not known.
  [[nodiscard]] int own_file() const noexcept { return own_file_.get(); }

  /// Runs what is at path() with the same arguments, from `state`. Comes back only on failure:
  /// errno, and then nothing has changed.
  [[nodiscard]] int Replace(const State& state) const;
  /// The same with the program file `file`.
  [[nodiscard]] int Return(int file, const State& state) const;
  /// In a fresh child: runs `path() --check`, which finds `state` (a memfd) and says what it thinks
  /// of it to `output`.
  [[noreturn]] void Check(int state, int output) const;

 private:
  using Execute = std::function<void(char** arguments, char** environment)>;
  [[nodiscard]] int BecomeWith(const State& state, const Execute& execute) const;

  std::vector<std::string> arguments_;
  std::string path_;
  Descriptor own_file_;
};

/// The state that an earlier image has left for this one; taken out of the environment. -1: none.
[[nodiscard]] int TakeStateDescriptor();

}  // namespace tined::supervisor

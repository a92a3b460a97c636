// A program of tined's own beside this one (tined-executor, tined-handshaker): found beside this
// program or where it is installed, and opened when the first configuration is brought in. What a
// package puts in its place afterwards is the next image's, not this one's. Supervisor; any process
// that checks a configuration.
#pragma once

#include <string>
#include <vector>

#include "base/descriptor.hpp"
#include "base/local_path.hpp"

namespace tined::supervisor {

class OwnProgram {
 public:
  /// `name` lives as long as the program does.
  explicit OwnProgram(const char* name) noexcept : name_(name) {}
  OwnProgram(const OwnProgram&) = delete;
  OwnProgram& operator=(const OwnProgram&) = delete;

  /// This image of the program has had it open before: `file`.
  void Use(Descriptor file) noexcept { file_ = std::move(file); }
  /// Opens it, if nobody has before; it must not be in the hands of `strangers`. Why it cannot be
  /// had, in words; empty: it is open.
  [[nodiscard]] std::string Open(const local_path::Strangers& strangers);
  /// For Use; -1: it is not open.
  [[nodiscard]] int file() const noexcept { return file_.get(); }
  [[nodiscard]] const char* name() const noexcept { return name_; }

  /// Becomes the program, in a fresh child of the supervisor: its argument is the number of
  /// `document`, which stays open with `kept`. Throws std::system_error.
  [[noreturn]] void Become(const Descriptor& document, std::vector<int> kept) const;

 private:
  const char* const name_;
  Descriptor file_;
};

}  // namespace tined::supervisor

// The modules of a generation, as their files were when it was made: a sealed copy of each in
// memory, which all its workers and its spawner load, whenever they are forked. What is written
// over a file afterwards, or put in its place, is for the next generation. Owned by the generation.
// Supervisor.
#pragma once

#include <sys/stat.h>

#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "base/descriptor.hpp"
#include "config/model.hpp"

namespace tined::supervisor {

class ModuleImages {
 public:
  /// Nothing is kept: modules are loaded from their files.
  ModuleImages() = default;
  /// Copies the files that `config` names and tells it where the copies are
  /// (config::Module::image); a file that has not changed since `before` was made has that copy.
  /// One that cannot be copied is loaded from where it is, and the log says so.
  ModuleImages(config::Config& config, const ModuleImages* before);

  /// For children, which load them.
  [[nodiscard]] std::vector<int> descriptors() const;

 private:
  struct Image {
    std::string file;
    struct stat status {};   ///< of the file when it was copied,
    std::time_t copied = 0;  ///< which was then
    std::shared_ptr<const Descriptor> copy;
  };

  [[nodiscard]] int CopyOf(const std::string& file, const ModuleImages* before);

  std::vector<Image> images_;
};

}  // namespace tined::supervisor

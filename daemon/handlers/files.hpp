// Serves the files below a directory: the route's path is replaced by the directory's. Decides
// which file a request means and what to answer where there is none; how a file becomes an answer
// is resource_answer.hpp's. Worker's loop thread; with `io: nonblocking` and `async`, a thread
// looks for what the kernel does not have in memory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "handlers/directory_listing.hpp"
#include "handlers/file_cache.hpp"
#include "handlers/handler.hpp"
#include "handlers/root.hpp"

namespace tined::handlers {

class Files final : public Handler {
 public:
  /// Opens the directory; throws std::system_error. The first `prefix_size` bytes of a path are
  /// replaced by it. `settings` and what `context` names outlive this.
  Files(std::size_t prefix_size, const config::Static& settings, const Context& context);

  void Answer(answer::Exchange& exchange) override;
  [[nodiscard]] std::string_view AllowedMethods() const noexcept override;

 private:
  class Later;
  /// A request on its way to a file.
  struct Task {
    answer::Exchange& exchange;
    FileCache::Key key;  ///< its path: what follows the route's; empty or begins with '/'
  };
  /// What there is for a path: a file's sources, or a directory, or an error.
  struct Finding {
    std::string path;             ///< of the file
    std::vector<Source> sources;  ///< none: it is no file
    Opened directory;             ///< one without an index
    DirectoryListing listing;     ///< of it, if it is to be listed
    int error = 0;
    bool is_tried = false;  ///< it is what one of `try` has named in place of the path
  };

  [[nodiscard]] FileCache::Key KeyOf(const http::Request& request) const noexcept {
    return {owner_, request.path.substr(prefix_size_)};
  }
  [[nodiscard]] Loading LoadingAt(WallTime now, Patience patience) const noexcept {
    return {now, settings_, patience};
  }
  /// Where what was found is kept: a file that was named in place of many paths, once.
  [[nodiscard]] FileCache::Key KeyOf(const Task& task, const Finding& finding) const noexcept {
    return finding.is_tried ? FileCache::Key{tried_owner_, finding.path} : task.key;
  }
  [[nodiscard]] bool IsHidden(std::string_view path) const noexcept;
  [[nodiscard]] bool IsWithheld(std::string_view path) const noexcept;
  [[nodiscard]] Finding Find(std::string_view path, Patience patience) const;
  [[nodiscard]] Finding FindFirst(std::string_view path, Patience patience) const;
  [[nodiscard]] Finding Try(std::string_view candidate, std::string_view path,
                            Patience patience) const;
  [[nodiscard]] Finding FindAt(std::string_view path, Patience patience) const;
  [[nodiscard]] Finding FindSources(std::string path, Opened file, Patience patience) const;
  [[nodiscard]] Finding FindInDirectory(std::string_view path, Opened directory,
                                        Patience patience) const;
  void ReadListing(std::string_view path, Finding& finding) const;

  void AnswerFromDisk(const Task& task);
  void AnswerLater(const Task& task);
  void AnswerFile(const Task& task, Finding finding);
  void AnswerOther(const Task& task, Finding finding);
  void AnswerListing(const Task& task, DirectoryListing listing) const;
  void AnswerError(const Task& task, int error) const;

  const config::Static& settings_;
  const std::size_t prefix_size_;  ///< of the route's path, without the slash at its end
  const Root root_;
  FileCache& cache_;
  const std::uint32_t owner_;         ///< in the cache, of what requests name
  const std::uint32_t tried_owner_;   ///< of what is kept under the path of its file
  backends::Threads* const threads_;  ///< null: the loop waits for the disk
};

}  // namespace tined::handlers

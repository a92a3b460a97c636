// Serves the files below a directory: the route's path is replaced by the directory's. Decides
// which file a request means and what to answer where there is none; how a file becomes an answer
// is resource_answer.hpp's. Worker's loop thread.
#pragma once

#include <string>
#include <string_view>

#include "handlers/file_cache.hpp"
#include "handlers/handler.hpp"
#include "handlers/root.hpp"

namespace tined::handlers {

class Files final : public Handler {
 public:
  /// Opens the directory; throws std::system_error. `settings` and `cache` outlive this.
  Files(std::string_view route_path, const config::Static& settings, FileCache& cache);

  void Answer(const http::Request& request, http::Reply& reply) override;
  [[nodiscard]] std::string_view AllowedMethods() const noexcept override;

 private:
  /// A request on its way to a file.
  struct Task {
    const http::Request& request;
    http::Reply& reply;
    FileCache::Key key;  ///< its path: what follows the route's; empty or begins with '/'
  };

  void AnswerFromDisk(const Task& task);
  void AnswerFile(const Task& task, std::string_view path, Opened file);
  void AnswerDirectory(const Task& task, Opened directory);
  void AnswerListing(const Task& task, Opened directory);
  void AnswerError(const Task& task, int error) const;

  const config::Static& settings_;
  const std::size_t prefix_size_;  ///< of the route's path, without the slash at its end
  const Root root_;
  FileCache& cache_;
  const std::uint32_t owner_;  ///< in the cache
};

}  // namespace tined::handlers

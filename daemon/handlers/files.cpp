#include "handlers/files.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "base/error.hpp"
#include "base/log.hpp"
#include "handlers/conditions.hpp"
#include "handlers/directory_listing.hpp"
#include "handlers/escape.hpp"
#include "handlers/resource_answer.hpp"

namespace tined::handlers {
namespace {

/// The status for a file that cannot be opened. Links that lead out of the root (EXDEV), sockets
/// and devices without a driver (ENXIO, ENODEV) are as good as absent.
int StatusOf(int error) noexcept {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case EXDEV:
    case ENAMETOOLONG:
    case ENXIO:
    case ENODEV:
      return 404;
    case EACCES:
    case EPERM:
      return 403;
    case EMFILE:
    case ENFILE:
    case EAGAIN:
      return 503;
    default:
      return 500;
  }
}

bool HasHiddenSegment(std::string_view path) noexcept {
  return path.find("/.") != std::string_view::npos;
}

/// Leads to the same path with a slash at its end. As sent, but with one slash in front: two would
/// name another host.
void AnswerWithSlash(const http::Request& request, http::Reply& reply) {
  std::string_view sent = request.raw_path;
  sent.remove_prefix(std::min(sent.find_first_not_of('/'), sent.size()));
  std::string line = fmt::format("Location: /{}/", KeepUri(sent));
  if (request.has_query) line.append("?").append(KeepUri(request.query));
  http::AnswerStatus(reply, 301, line.append("\r\n"));
}

}  // namespace

Files::Files(std::string_view route_path, const config::Static& settings, FileCache& cache)
    : settings_(settings),
      prefix_size_(route_path.ends_with('/') ? route_path.size() - 1 : route_path.size()),
      root_(settings.root),
      cache_(cache),
      owner_(cache.NewOwner()) {}

std::string_view Files::AllowedMethods() const noexcept { return "GET, HEAD, OPTIONS"; }

void Files::Answer(const http::Request& request, http::Reply& reply) {
  const FileCache::Key key{owner_, request.path.substr(prefix_size_)};
  const Resource* cached = cache_.Find(key);
  if (cached != nullptr && cached->IsFresh(request.received_at)) {
    return AnswerResource(request, *cached, reply);
  }
  AnswerFromDisk({request, reply, key});
}

void Files::AnswerFromDisk(const Task& task) {
  const std::string_view path = task.key.path;
  if (!settings_.hidden && HasHiddenSegment(path)) {
    return http::AnswerStatus(task.reply, 404);
  }
  Opened opened = root_.Open(path);
  if (opened.is_file()) return AnswerFile(task, path, std::move(opened));
  if (opened.is_directory()) return AnswerDirectory(task, std::move(opened));
  AnswerError(task, opened.error != 0 ? opened.error : ENOENT);
}

void Files::AnswerFile(const Task& task, std::string_view path, Opened file) {
  std::vector<Source> sources = OpenSources(root_, path, std::move(file), settings_.precompressed);
  Resource* cached = cache_.Find(task.key);
  if (cached != nullptr && !cached->is_unsettled && cached->Matches(sources)) {
    cached->checked_at = task.request.received_at;
    return AnswerResource(task.request, *cached, task.reply);
  }
  Resource loaded;
  const int error = LoadResource(path, std::move(sources), task.request.received_at, loaded);
  if (error != 0) return AnswerError(task, error);
  AnswerResource(task.request, cache_.Keep(task.key, std::move(loaded)), task.reply);
}

void Files::AnswerDirectory(const Task& task, Opened directory) {
  if (!task.key.path.ends_with('/')) {
    cache_.Drop(task.key);
    return AnswerWithSlash(task.request, task.reply);
  }
  for (const std::string& name : settings_.index) {
    const std::string path = std::string(task.key.path) + name;
    Opened index = root_.Open(path);
    if (index.is_file()) return AnswerFile(task, path, std::move(index));
    if (index.error != 0 && StatusOf(index.error) != 404) return AnswerError(task, index.error);
  }
  cache_.Drop(task.key);
  if (settings_.listing) return AnswerListing(task, std::move(directory));
  http::AnswerStatus(task.reply, 403);
}

void Files::AnswerListing(const Task& task, Opened directory) {
  if (AnswerCondition(task.request, task.reply)) return;
  const DirectoryListing listing =
      ReadDirectory(root_, task.key.path, std::move(directory.descriptor), settings_.hidden);
  const std::string page =
      RenderListing(task.request.path, listing, /*with_parent=*/task.key.path != "/");
  task.reply.Start(200);
  task.reply.Field("Content-Type", "text/html; charset=utf-8");
  task.reply.Body(page);
}

void Files::AnswerError(const Task& task, int error) const {
  cache_.Drop(task.key);
  const int status = StatusOf(error);
  if (status == 500) {
    log::Error("cannot serve a file",
               {{"root", settings_.root}, {"path", task.key.path}, {"error", ErrnoText(error)}});
  }
  http::AnswerStatus(task.reply, status, status == 503 ? "Retry-After: 1\r\n" : "");
}

}  // namespace tined::handlers

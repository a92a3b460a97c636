#include "handlers/files.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "backends/threads.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "handlers/conditions.hpp"
#include "handlers/resource_answer.hpp"
#include "handlers/site_paths.hpp"
#include "http/list.hpp"
#include "http/owned_request.hpp"

namespace tined::handlers {
namespace {

/// The status for a file that cannot be opened. Links that lead out of the root (EXDEV) are as good
/// as absent; a root that is gone (ESTALE) is expected back.
int StatusOf(int error) noexcept {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case EXDEV:
    case ENAMETOOLONG:
      return 404;
    case EACCES:
    case EPERM:
      return 403;
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case ESTALE:
      return 503;
    default:
      return 500;
  }
}

/// The pool that looks for what is not in memory; null for routes whose files the loop waits for.
backends::Threads* PoolOf(const config::Static& settings, const Context& context) noexcept {
  const bool waits =
      settings.io == config::FileIo::sendfile || settings.io == config::FileIo::blocking;
  return waits ? nullptr : context.threads;
}

}  // namespace

/// The answer that comes once a thread has waited for the disk.
class Files::Later final : public answer::Pending, public backends::Job {
 public:
  Later(Files& files, const http::Request& request) : files_(files), request_(request) {}

  void Run() noexcept override {
    if (is_cancelled_) return;
    try {
      Load();
    } catch (const std::exception&) {
      finding_.error = ENOMEM;
    }
  }
  void Finish() noexcept override { Done(); }
  void Compose(answer::Exchange& exchange) override {
    const Task task{exchange, files_.KeyOf(exchange.request)};
    if (resource_.representations.empty()) return files_.AnswerOther(task, std::move(finding_));
    const FileCache::Key key = files_.KeyOf(task, finding_);
    AnswerResource(files_.cache_.Keep(key, std::move(resource_)), exchange);
  }
  void Cancel() noexcept override { is_cancelled_ = true; }

 private:
  void Load() {
    finding_ = files_.Find(files_.KeyOf(request_.get()).path, Patience::wait);
    if (finding_.sources.empty()) return;
    Resource loaded;
    const Loading loading = files_.LoadingAt(request_.get().received_at, Patience::wait);
    finding_.error = LoadResource(finding_.path, std::move(finding_.sources), loading, loaded);
    if (finding_.error == 0) resource_ = std::move(loaded);
  }

  Files& files_;
  const http::OwnedRequest request_;
  Finding finding_;
  Resource resource_;
  std::atomic<bool> is_cancelled_{false};
};

Files::Files(std::size_t prefix_size, const config::Static& settings, const Context& context)
    : settings_(settings),
      prefix_size_(prefix_size),
      root_(settings.root),
      cache_(context.file_cache),
      owner_(cache_.NewOwner()),
      tried_owner_(cache_.NewOwner()),
      threads_(PoolOf(settings, context)) {}

std::string_view Files::AllowedMethods() const noexcept { return "GET, HEAD, OPTIONS"; }

void Files::Answer(answer::Exchange& exchange) {
  const http::Request& request = exchange.request;
  if (request.has_encoded_slash) return answer::AnswerStatus(exchange, 400);
  const FileCache::Key key = KeyOf(request);
  const Resource* cached = cache_.Find(key);
  if (cached != nullptr && cached->IsFresh(request.received_at)) {
    const Representation& chosen = Choose(request, *cached);
    if (chosen.IsUnchanged()) return AnswerResource(*cached, chosen, exchange);
  }
  AnswerFromDisk({exchange, key});
}

bool Files::IsHidden(std::string_view path) const noexcept {
  std::size_t at = path.find("/.");
  while (at != std::string_view::npos) {
    const std::string_view name = path.substr(at + 1);
    if (handlers::IsHidden(name.substr(0, name.find('/')), settings_)) return true;
    at = path.find("/.", at + 1);
  }
  return false;
}

/// A file system may take names for one that differ in case.
bool Files::IsWithheld(std::string_view path) const noexcept {
  return std::any_of(
      settings_.withheld.begin(), settings_.withheld.end(), [path](std::string_view suffix) {
        return path.size() >= suffix.size() &&
               http::EqualsIgnoreCase(path.substr(path.size() - suffix.size()), suffix);
      });
}

/// Runs on any thread, and so does all that it calls.
Files::Finding Files::Find(std::string_view path, Patience patience) const {
  return settings_.candidates.empty() ? FindAt(path, patience) : FindFirst(path, patience);
}

Files::Finding Files::FindFirst(std::string_view path, Patience patience) const {
  for (const std::string& candidate : settings_.candidates) {
    Finding found = Try(candidate, path, patience);
    if (found.error == 0 || StatusOf(found.error) != 404) return found;
  }
  Finding none;
  none.error = ENOENT;
  return none;
}

Files::Finding Files::Try(std::string_view candidate, std::string_view path,
                          Patience patience) const {
  Finding found;
  found.error = ENOENT;
  const std::optional<std::string> named = Named(candidate, path);
  if (!named) return found;
  found = FindAt(*named, patience);
  const bool is_listed = settings_.listing && named->ends_with('/');
  if (found.sources.empty() && found.error == 0 && !is_listed) found.error = ENOENT;
  found.is_tried = *named != path;
  // Links in a directory's page begin at the path with the slash, so its client is led there first.
  if (candidate == "$path/" && !path.ends_with('/')) found.sources.clear();
  return found;
}

Files::Finding Files::FindAt(std::string_view path, Patience patience) const {
  Opened opened = root_.Open(path, patience);
  if (opened.is_file()) return FindSources(std::string(path), std::move(opened), patience);
  if (opened.is_directory()) return FindInDirectory(path, std::move(opened), patience);
  Finding none;
  none.error = opened.error != 0 ? opened.error : ENOENT;
  return none;
}

Files::Finding Files::FindSources(std::string path, Opened file, Patience patience) const {
  Finding found;
  if (IsWithheld(path)) {
    found.error = ENOENT;
    return found;
  }
  if (settings_.precompressed) {
    found.sources = OpenSources(root_, path, std::move(file), patience);
  } else {
    found.sources.push_back({http::Coding::identity, std::move(file)});
  }
  if (found.sources.empty()) found.error = EAGAIN;
  found.path = std::move(path);
  return found;
}

Files::Finding Files::FindInDirectory(std::string_view path, Opened directory,
                                      Patience patience) const {
  Finding found;
  if (path.ends_with('/')) {
    for (const std::string& name : settings_.index) {
      std::string index_path = std::string(path) + name;
      Opened index = root_.Open(index_path, patience);
      if (index.is_file()) return FindSources(std::move(index_path), std::move(index), patience);
      found.error = index.error;
      if (found.error != 0 && StatusOf(found.error) != 404) return found;
    }
    found.error = 0;
    // What a directory holds is read from the disk by whoever may wait for it.
    if (settings_.listing && patience == Patience::none) found.error = EAGAIN;
  }
  found.directory = std::move(directory);
  if (path.ends_with('/') && settings_.listing && found.error == 0) ReadListing(path, found);
  return found;
}

void Files::ReadListing(std::string_view path, Finding& finding) const {
  try {
    finding.listing = ReadDirectory(root_, path, finding.directory.descriptor, settings_);
  } catch (const std::system_error& error) {
    finding.error = error.code().value();
  }
}

void Files::AnswerFromDisk(const Task& task) {
  const std::string_view path = task.key.path;
  if (IsHidden(path)) return answer::AnswerStatus(task.exchange, 404);
  const Patience patience = threads_ != nullptr ? Patience::none : Patience::wait;
  Finding finding = Find(path, patience);
  if (finding.error == EAGAIN && patience == Patience::none) return AnswerLater(task);
  if (!finding.sources.empty()) return AnswerFile(task, std::move(finding));
  AnswerOther(task, std::move(finding));
}

/// The whole way once more, by a thread.
void Files::AnswerLater(const Task& task) {
  auto later = std::make_shared<Later>(*this, task.exchange.request);
  if (!threads_->Post(later)) return AnswerError(task, EAGAIN);
  task.exchange.later = std::move(later);
}

void Files::AnswerFile(const Task& task, Finding finding) {
  const FileCache::Key key = KeyOf(task, finding);
  Resource* cached = cache_.Find(key);
  if (cached != nullptr && !cached->is_unsettled && cached->Matches(finding.sources)) {
    cached->checked_at = task.exchange.request.received_at;
    return AnswerResource(*cached, task.exchange);
  }
  const Patience patience = threads_ != nullptr ? Patience::none : Patience::wait;
  Resource loaded;
  const int error = LoadResource(finding.path, std::move(finding.sources),
                                 LoadingAt(task.exchange.request.received_at, patience), loaded);
  if (error == EAGAIN && patience == Patience::none) return AnswerLater(task);
  if (error != 0) return AnswerError(task, error);
  AnswerResource(cache_.Keep(key, std::move(loaded)), task.exchange);
}

/// Answers for what is no file.
void Files::AnswerOther(const Task& task, Finding finding) {
  if (finding.error != 0) return AnswerError(task, finding.error);
  cache_.Drop(task.key);
  if (!task.key.path.ends_with('/')) return AnswerWithSlash(task.exchange);
  if (!settings_.listing) return answer::AnswerStatus(task.exchange, 403);
  AnswerListing(task, std::move(finding.listing));
}

void Files::AnswerListing(const Task& task, DirectoryListing listing) const {
  if (AnswerCondition(task.exchange)) return;
  const http::Request& request = task.exchange.request;
  const ListingOrder order = OrderOf(request.query);
  Sort(listing, order);
  answer::Answer& answer = task.exchange.answer;
  answer.status = 200;
  answer.fields.Add("Content-Type", "text/html; charset=utf-8");
  answer.fields.Add("Content-Security-Policy", kListingPolicy);
  answer.body = answer::Bytes{{},
                              RenderListing(request.path, listing, order,
                                            /*with_parent=*/task.key.path != "/")};
}

void Files::AnswerError(const Task& task, int error) const {
  cache_.Drop(task.key);
  const int status = StatusOf(error);
  if (status == 500) {
    log::Error("cannot serve a file",
               {{"root", settings_.root}, {"path", task.key.path}, {"error", ErrnoText(error)}});
  }
  answer::AnswerStatus(task.exchange, status, status == 503 ? "Retry-After: 1\r\n" : "");
}

}  // namespace tined::handlers

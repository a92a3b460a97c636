#include "handlers/fastcgi.hpp"

#include <algorithm>
#include <utility>

#include "backends/programs/error_lines.hpp"
#include "backends/upstreams/call.hpp"
#include "backends/upstreams/fastcgi_answer.hpp"
#include "backends/upstreams/fastcgi_request.hpp"
#include "base/log.hpp"
#include "handlers/directory_listing.hpp"
#include "handlers/dispatch.hpp"
#include "handlers/site_paths.hpp"
#include "handlers/upstream_answer.hpp"
#include "http/cgi_variables.hpp"
#include "http/method.hpp"
#include "http/target.hpp"

namespace tined::handlers {
namespace {

config::Static StaticOf(const config::FastCgi& settings) {
  config::Static files;
  files.root = *settings.root;
  files.index = settings.index;
  files.candidates = settings.candidates;
  files.withheld = settings.scripts;
  return files;
}

/// What a script writes to its standard error, for the log.
class Complaints {
 public:
  Complaints(const loop::Loop& loop, std::string route, std::string script, std::string id)
      : loop_(loop), route_(std::move(route)), script_(std::move(script)), id_(std::move(id)) {}
  Complaints(const Complaints&) = delete;
  Complaints& operator=(const Complaints&) = delete;
  ~Complaints() {
    const std::uint64_t dropped = lines_.TakeDropped();
    if (dropped == 0) return;
    log::Warning("a script says too much for the log", {{"route", route_},
                                                        log::IfAny("script", script_),
                                                        log::IfAny("id", id_),
                                                        {"lines_lost", dropped}});
  }

  void operator()(std::string_view bytes) {
    lines_.Feed(bytes, loop_.now(), [this](std::string_view line) {
      log::Warning("a script says", {{"route", route_},
                                     log::IfAny("script", script_),
                                     log::IfAny("id", id_),
                                     {"text", line}});
    });
  }

 private:
  const loop::Loop& loop_;
  const std::string route_;
  const std::string script_;
  const std::string id_;
  backends::ErrorLines lines_;
};

/// What only a proxy that is trusted may say of the client. Scripts behind a socket take whoever
/// asks them for one.
void Withhold(http::CgiVariables& variables) {
  std::erase_if(variables, [](const auto& variable) {
    const std::string& name = variable.first;
    return name.starts_with("HTTP_X_FORWARDED_") || name == "HTTP_FORWARDED" ||
           name == "HTTP_X_REAL_IP" || name == "HTTP_X_CLIENT_IP";
  });
}

}  // namespace

FastCgi::Site::Site(std::size_t prefix_size, const config::FastCgi& of, const Context& context)
    : settings(StaticOf(of)), root(settings.root), files(prefix_size, settings, context) {}

FastCgi::FastCgi(const config::Route& route, std::size_t prefix_size,
                 const config::FastCgi& settings, const Context& context)
    : settings_(settings),
      prefix_size_(prefix_size),
      port_(context.port),
      upstream_(*context.loop, settings, {settings.keep, settings.idle}, route.path) {
  if (settings.root) site_.emplace(prefix_size, settings, context);
}

bool FastCgi::IsScript(std::string_view path) const noexcept {
  return std::any_of(settings_.scripts.begin(), settings_.scripts.end(),
                     [path](const std::string& suffix) { return path.ends_with(suffix); });
}

void FastCgi::Answer(answer::Exchange& exchange) {
  const http::Request& request = exchange.request;
  const std::string_view below = request.path.substr(prefix_size_);
  if (request.has_encoded_slash && (site_ || http::HasDotsBesideEncodedSlash(request.path))) {
    return answer::AnswerStatus(exchange, 400);
  }
  if (!site_) {
    return Run({Meaning::Kind::script,
                {},
                http::RestWithSlashes(request.raw_path, request.path, prefix_size_)},
               exchange);
  }
  const Meaning meaning = Find(below);
  if (meaning.kind == Meaning::Kind::script) return Run(meaning, exchange);
  if (meaning.kind == Meaning::Kind::directory) return AnswerWithSlash(exchange);
  Dispatch(site_->files, exchange);
}

/// As Files tries what `try` names.
FastCgi::Meaning FastCgi::Find(std::string_view path) const {
  if (settings_.candidates.empty()) return FindAt(path);
  for (const std::string& candidate : settings_.candidates) {
    const std::optional<std::string> named = Named(candidate, path);
    if (!named) continue;
    // Its client is led to the path with the slash first.
    if (candidate == "$path/" && !path.ends_with('/')) {
      if (site_->root.Look(path).is_directory()) return {Meaning::Kind::directory, {}, {}};
      continue;
    }
    Meaning found = FindAt(*named);
    if (found.kind != Meaning::Kind::nothing) return found;
  }
  return {};
}

/// The first file on the way down; what follows a script is for it.
FastCgi::Meaning FastCgi::FindAt(std::string_view path) const {
  for (std::size_t end = 0; end < path.size();) {
    const std::size_t start = end + 1;
    end = std::min(path.find('/', start), path.size());
    if (start == path.size()) break;
    // Files say what that is answered.
    if (IsHidden(path.substr(start, end - start), site_->settings)) {
      return {Meaning::Kind::other, {}, {}};
    }
    const std::string_view name = path.substr(0, end);
    const Opened opened = site_->root.Look(name);
    if (opened.is_directory()) continue;
    if (!opened.is_file()) return {};
    const std::string_view rest = path.substr(end);
    if (IsScript(name)) return {Meaning::Kind::script, std::string(name), std::string(rest)};
    return {rest.empty() ? Meaning::Kind::other : Meaning::Kind::nothing, {}, {}};
  }
  return FindInDirectory(std::string(path));
}

FastCgi::Meaning FastCgi::FindInDirectory(const std::string& path) const {
  if (!path.ends_with('/')) return {};
  for (const std::string& name : settings_.index) {
    const std::string index = path + name;
    if (!site_->root.Look(index).is_file()) continue;
    return {IsScript(index) ? Meaning::Kind::script : Meaning::Kind::other, index, {}};
  }
  return {};
}

void FastCgi::Run(const Meaning& meaning, answer::Exchange& exchange) {
  const http::Request& request = exchange.request;
  std::string root;
  if (site_) {
    const std::shared_ptr<const RootDirectory> current = site_->root.Current();
    if (!current) return answer::AnswerStatus(exchange, 503, "Retry-After: 1\r\n");
    root = current->path;
  }
  const std::string script_name =
      std::string(request.path.substr(0, prefix_size_)) + meaning.script;
  const std::string file = site_ ? root + meaning.script : std::string();
  http::CgiVariables variables = http::MakeCgiVariables(request, {.script_name = script_name,
                                                                  .path_info = meaning.path_info,
                                                                  .script_filename = file,
                                                                  .port = port_,
                                                                  .with_authorization = true});
  if (request.proxy == nullptr) Withhold(variables);
  if (site_) variables["DOCUMENT_ROOT"] = root;
  // php-cgi takes a request without it for an attempt to run it past its server.
  variables["REDIRECT_STATUS"] = "200";
  for (const config::Setting& each : settings_.environment.items) variables[each.key] = each.text;
  const bool is_head = request.method == http::Method::head;
  const bool keeps = settings_.keep > 0;
  const std::string id(request.request_id);
  const auto complaints =
      std::make_shared<Complaints>(upstream_.loop(), upstream_.route(), file, id);
  auto call = std::make_shared<backends::Call>(
      upstream_,
      backends::Call::Question{backends::FastCgiRequest(variables, request.body, keeps),
                               http::IsSafe(request.method), id},
      std::make_unique<backends::FastCgiAnswer>(
          backends::FastCgiAnswer::Asked{is_head, keeps},
          [complaints](std::string_view bytes) { (*complaints)(bytes); }));
  UpstreamAnswer::Begin(std::move(call), {upstream_.route(), is_head}, exchange);
}

}  // namespace tined::handlers

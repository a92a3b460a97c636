#include "config/drop_in.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/error.hpp"
#include "config/document.hpp"
#include "config/environment.hpp"
#include "config/keys.hpp"
#include "config/reader.hpp"

namespace tined::config {
namespace {

/// Each drop-in is read whole, and all are checked against each other.
constexpr std::size_t kMostDropIns = 4096;

bool IsTopLevelKey(std::string_view name) {
  const std::vector<KeyInfo> keys = Keys();
  return std::any_of(keys.begin(), keys.end(), [&](const KeyInfo& key) {
    return std::string_view(key.path).substr(0, key.path.find('.')) == name;
  });
}

void RefuseOtherKeys(const Node& root, const std::string& main_file, const Source& source) {
  for (const Node& child : root.children) {
    if (child.key == "listeners") continue;
    if (IsTopLevelKey(child.key)) {
      source.Refuse(child.key_where,
                    fmt::format("{} belongs into {}; a drop-in has `listeners` only",
                                Quoted(child.key), main_file));
      continue;
    }
    const std::string hint = DidYouMean(child.key, {"listeners"});
    source.Refuse(child.key_where,
                  fmt::format("unknown key {}; a drop-in has `listeners` only{}", Quoted(child.key),
                              hint.empty() ? "" : fmt::format(" ({})", hint)));
  }
}

/// The name that an entry gives, as far as it can be read.
std::string NameOf(const Node& entry) {
  const Node* const name = entry.Find("name");
  if (name == nullptr || name->kind != Node::Kind::scalar) return {};
  return Expand(name->text, FromEnvironment).text;
}

/// Adds the routes of `entry` to `listener`, which another file defines.
void AddRoutes(const Node& entry, Listener& listener, const Source& source) {
  for (const Node& child : entry.children) {
    if (child.key == "name" || child.key == "routes") continue;
    source.Refuse(child.key_where,
                  fmt::format("listener {} is defined at {}:{}; here it can only be given more "
                              "`routes`",
                              Quoted(listener.name), listener.where.file, listener.where.line));
  }
  std::vector<Route> routes;
  Reader(entry, source).Sections("routes", routes, {});
  std::move(routes.begin(), routes.end(), std::back_inserter(listener.routes));
}

/// True when `entry` means to add to a listener that does not exist; that is a problem.
bool LacksListener(const Node& entry, const std::string& name, const Config& config,
                   const Source& source) {
  if (name.empty() || entry.Find("address") != nullptr) return false;
  std::vector<std::string_view> names;
  for (const Listener& listener : config.listeners) names.push_back(listener.name);
  const std::string hint = DidYouMean(name, names);
  source.Refuse(entry.Find("name")->where,
                fmt::format("there is no listener {} to add to, and a new one needs an `address`{}",
                            Quoted(name), hint.empty() ? "" : fmt::format(" ({})", hint)));
  return true;
}

void ReadEntry(const Node& entry, Config& config, const Source& source) {
  if (!IsMap(entry, "listeners", Layout<Listener>::kExample, source)) return;
  const std::string name = NameOf(entry);
  const auto existing = std::find_if(config.listeners.begin(), config.listeners.end(),
                                     [&](const Listener& each) { return each.name == name; });
  if (!name.empty() && existing != config.listeners.end()) {
    AddRoutes(entry, *existing, source);
  } else if (!LacksListener(entry, name, config, source)) {
    ReadSection(entry, "listeners", config.listeners.emplace_back(), source);
  }
}

}  // namespace

std::vector<std::string> FindDropIns(const std::string& file, std::vector<Problem>& problems) {
  const std::filesystem::path directory = std::filesystem::path(file).parent_path() / "conf.d";
  std::vector<std::string> found;
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::filesystem::path& path = entry->path();
    const bool is_hidden = path.filename().native().starts_with('.');
    if (!is_hidden && path.extension() == ".yaml") found.push_back(path.native());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    problems.push_back(
        {{directory.native(), 0, 0}, "cannot be listed: " + ErrnoText(error.value())});
  }
  std::sort(found.begin(), found.end());
  if (found.size() > kMostDropIns) {
    problems.push_back({{directory.native(), 0, 0},
                        fmt::format("has {} drop-ins, more than {}", found.size(), kMostDropIns)});
    found.clear();
  }
  return found;
}

void ReadDropIn(const std::string& drop_in, const std::string& main_file, Config& config,
                std::vector<Problem>& problems) {
  const Source source{OriginOf(drop_in), problems};
  const Node root = ReadDocument(drop_in, problems);
  if (!IsMapOfKeys(root, source)) return;
  RefuseOtherKeys(root, main_file, source);
  const Node* const listeners = root.Find("listeners");
  if (listeners == nullptr) return;
  for (const Node* entry : Maps("listeners", *listeners, Layout<Listener>::kExample, source)) {
    ReadEntry(*entry, config, source);
  }
}

}  // namespace tined::config

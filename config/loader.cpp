#include "config/loader.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <tuple>

#include "config/comparison.hpp"
#include "config/document.hpp"
#include "config/drop_in.hpp"
#include "config/reader.hpp"

namespace tined::config {
namespace {

/// The main file first, then the drop-ins by name, each from top to bottom.
void SortByPlace(std::vector<Problem>& problems, const std::string& main_file) {
  const auto place = [&](const Problem& problem) {
    const Position& where = problem.where;
    return std::tuple(where.file != main_file, std::string_view(where.file), where.line,
                      where.column);
  };
  std::stable_sort(problems.begin(), problems.end(),
                   [&](const Problem& a, const Problem& b) { return place(a) < place(b); });
}

/// The main file alone. False when there was nothing that drop-ins could be compared with.
bool ReadMainFile(const std::string& file, Config& config, std::vector<Problem>& problems) {
  const Source source{OriginOf(file), problems};
  const Node root = ReadDocument(file, problems);
  if (!IsMapOfKeys(root, source)) return false;
  if (root.kind == Node::Kind::null && !problems.empty()) return false;
  ReadSection(root, "the file", config, source);
  return true;
}

Config LoadFile(const std::string& file) {
  std::vector<Problem> problems;
  Config config;
  config.control = DefaultControlPath();
  if (ReadMainFile(file, config, problems)) {
    for (const std::string& drop_in : FindDropIns(file, problems)) {
      ReadDropIn(drop_in, file, config, problems);
    }
    CompareListeners(config.listeners, problems);
    ComparePaths(config, problems);
    RequireListeners(config, file, problems);
  }
  if (problems.empty()) return config;
  SortByPlace(problems, file);
  throw ConfigError(std::move(problems));
}

}  // namespace

Config Load(const LoadOptions& options) {
  return options.file.empty() ? Default(options) : LoadFile(options.file);
}

std::string DefaultControlPath() {
  const char* const service = std::getenv("RUNTIME_DIRECTORY");
  if (service != nullptr && service[0] == '/') {
    const std::string_view directories = service;
    return fmt::format("{}/control.sock", directories.substr(0, directories.find(':')));
  }
  if (::geteuid() == 0) return "/run/tined/control.sock";
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && runtime[0] == '/') return fmt::format("{}/tined/control.sock", runtime);
  return fmt::format("/tmp/tined-{}/control.sock", ::geteuid());
}

namespace {

/// Whom the built-in default's workers run as when tined is started as root: whose files they
/// serve, but never root.
std::string OwnerOf(const std::string& directory) {
  struct stat status {};
  if (::geteuid() != 0) return {};
  const bool is_roots = ::stat(directory.c_str(), &status) != 0 || status.st_uid == 0;
  const passwd* const account = is_roots ? nullptr : ::getpwuid(status.st_uid);
  return account == nullptr ? "nobody" : account->pw_name;
}

}  // namespace

std::optional<Address> QuickAddress(const LoadOptions& options) {
  std::string host = options.address;
  if (host.find(':') != std::string::npos && !host.starts_with('[')) host = "[" + host + "]";
  const Reading<Address> address = AddressRule().Read(fmt::format("{}:{}", host, options.port), {});
  const bool is_tcp = address.value && address.value->kind == Address::Kind::tcp;
  return is_tcp ? address.value : std::nullopt;
}

Config Default(const LoadOptions& options) {
  std::error_code error;
  const std::string current = std::filesystem::current_path(error).native();
  Static files;
  files.root = Resolved(options.directory, {{}, error ? "." : current});
  files.listing = options.listing;
  Route route;
  route.handler = files;
  Listener listener;
  listener.name = "web";
  listener.address = QuickAddress(options).value();
  listener.routes.push_back(route);
  Config config;
  config.user = OwnerOf(files.root);
  config.control = DefaultControlPath();
  config.listeners.push_back(listener);
  return config;
}

}  // namespace tined::config

#include "supervisor/loading.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "base/digest.hpp"
#include "children/after_fork.hpp"
#include "config/loader.hpp"
#include "supervisor/core.hpp"

namespace tined::supervisor {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestConfiguration = 1U << 20;
/// Longer than a resolver tries all its servers (resolv.conf(5): 5 s, twice, up to three of them).
constexpr std::chrono::seconds kResolverPatience{40};
/// While the files change between the child's reading and this process's own.
constexpr int kMostTries = 10;

/// By it two readings are known to be of one configuration: everything that is in effect.
std::uint64_t DigestOf(const config::Config& config) { return Digest(config::Print(config)); }

/// What the child has found.
struct Found {
  Errors faults;
  std::uint64_t digest = 0;
  children::Identity identity;
};

std::string Describe(const Found& found) {
  const children::Identity& who = found.identity;
  return json{{"faults", found.faults}, {"digest", found.digest}, {"is_other", who.is_other},
              {"user", who.user},       {"group", who.group},     {"groups", who.groups}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

Found Understand(const std::string& output, const children::Death& death) {
  try {
    const json said = json::parse(output);
    return {said.at("faults"),
            said.at("digest"),
            {said.at("is_other"), said.at("user"), said.at("group"), said.at("groups")}};
  } catch (const json::exception&) {
    return {{fmt::format("loading the configuration failed ({})", death.Text())}, 0, {}};
  }
}

/// The child's side. Its answer may be longer than a pipe takes in one go: it waits for its reader.
void Run(const Program& program, int output) {
  Found found;
  found.faults = Try([&] {
    children::AfterFork({{output}, "tined load"}, children::Identity());
    Loaded loaded = Load(program);
    found.digest = DigestOf(loaded.config);
    found.identity = std::move(loaded.identity);
  });
  const std::string text = Describe(found);
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = ::write(output, text.data() + at, text.size() - at);
    if (written <= 0) break;
    at += static_cast<std::size_t>(written);
  }
  ::_exit(0);
}

}  // namespace

Loaded Load(const Program& program) {
  config::Config config = program.load();
  children::Identity identity = children::LookUpIdentity(config.user, config.group);
  return {std::move(config), std::move(identity)};
}

Loading::Loading(loop::Loop& loop, children::Reaper& reaper, const Program& program)
    : program_(program),
      errand_(
          loop, reaper, {kLongestConfiguration, kResolverPatience},
          [this](const std::string& output, const children::Death& death) { End(output, death); },
          [this] {
            Refuse(
                {fmt::format("looking up the accounts and files that the configuration names "
                             "takes longer than {} s: a name service or a file system does not "
                             "answer",
                             kResolverPatience.count())});
          }) {}

void Loading::Begin(OnLoaded on_loaded, OnRefused on_refused) {
  on_loaded_ = std::move(on_loaded);
  on_refused_ = std::move(on_refused);
  tries_ = 0;
  Send();
}

void Loading::Send() {
  ++tries_;
  try {
    errand_.Begin([this](int output) { Run(program_, output); });
  } catch (const std::system_error& error) {
    Refuse({error.what()});
  }
}

void Loading::End(const std::string& output, const children::Death& death) {
  Found found = Understand(output, death);
  if (!found.faults.empty()) return Refuse(found.faults);
  Loaded loaded;
  bool is_same = false;
  const Errors errors = Try([&] {
    loaded.config = program_.read();
    is_same = DigestOf(loaded.config) == found.digest;
  });
  if (!errors.empty()) return Refuse(errors);
  if (!is_same) {
    if (tries_ < kMostTries) return Send();
    return Refuse({"the configuration goes on changing while it is read"});
  }
  loaded.identity = std::move(found.identity);
  on_refused_ = {};
  std::exchange(on_loaded_, {})(std::move(loaded));
}

void Loading::Refuse(const std::vector<std::string>& faults) {
  on_loaded_ = {};
  std::exchange(on_refused_, {})(faults);
}

}  // namespace tined::supervisor

// tined: reads the command line, loads the configuration, runs the supervisor.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>

#include "backends/modules/module.hpp"
#include "base/log.hpp"
#include "base/output.hpp"
#include "base/version.hpp"
#include "children/hidden_files.hpp"
#include "children/signals.hpp"
#include "config/loader.hpp"
#include "config/users_file.hpp"
#include "supervisor/places.hpp"
#include "supervisor/supervisor.hpp"
#include "supervisor/workers/executor_program.hpp"
#include "supervisor/workers/tls_check.hpp"
#include "supervisor/workers/trial.hpp"
#include "worker/worker.hpp"

namespace {

using namespace tined;

enum ExitStatus { kFine = 0, kRunTimeFailure = 1, kBadUsage = 2 };

struct CommandLine {
  config::LoadOptions source;
  bool check = false;
  bool print = false;
  std::vector<std::string> arguments;  ///< as they were given
};

/// Loads and configures every module once, each in a child that is thrown away: this process never
/// runs foreign code.
std::vector<config::Problem> TryModules(const config::Config& config) {
  std::vector<config::Problem> problems;
  const children::Identity identity = children::LookUpIdentity(config.user, config.group);
  for (const config::ModuleUse& use : config::ModulesOf(config)) {
    std::string fault = supervisor::TryInChild(identity, "module " + use.module->file, [&] {
      children::HideKeys(config, identity);
      return backends::Module::Fault(use);
    });
    if (!fault.empty()) problems.push_back({use.module->where, std::move(fault)});
  }
  return problems;
}

local_path::Strangers StrangersTo(const config::Config& config) {
  return children::StrangersOf(children::LookUpIdentity(config.user, config.group));
}

/// Whether the workers may read the files of users, which is tried as their user.
std::vector<config::Problem> TryUsers(const config::Config& config) {
  const children::Identity identity = children::LookUpIdentity(config.user, config.group);
  std::vector<config::Problem> problems;
  for (const config::BasicAuth* const basic : config::BasicAuthsOf(config)) {
    std::string fault = supervisor::TryInChild(identity, "users " + basic->users, [&] {
      const config::UsersReading reading = config::ReadUsers(basic->users);
      return reading.problems.empty() ? std::string() : config::Format(reading.problems.front());
    });
    if (!fault.empty()) problems.push_back({basic->where, "as the workers' user: " + fault});
  }
  return problems;
}

void Refuse(std::vector<config::Problem> problems) {
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
}

/// The configuration to be served, checked against the system as well.
config::Config LoadChecked(const config::LoadOptions& source) {
  config::Config config = config::Load(source);
  Refuse(config::CheckSystem(config));
  Refuse(supervisor::CheckPlaces(config));
  for (const config::Problem& caution : config::Cautions(config)) {
    log::Warning("configuration", {{"caution", config::Format(caution)}});
  }
  return config;
}

int Check(const CommandLine& options) {
  children::ForgetInheritedSignals({});
  const config::Config config = config::Load(options.source);
  Refuse(config::CheckSystem(config));
  const bool is_anothers = supervisor::IsAnothersService(config);
  if (!is_anothers) Refuse(supervisor::CheckPlaces(config));
  local_path::Strangers strangers = StrangersTo(config);
  supervisor::ExecutorProgram().Require(config, strangers);
  strangers.are_trusted = is_anothers;
  Refuse(supervisor::CheckTls(config, strangers));
  Refuse(TryModules(config));
  Refuse(TryUsers(config));
  for (const config::Problem& caution : config::Cautions(config)) {
    fmt::print(stderr, "warning: {}\n", config::Format(caution));
  }
  std::size_t routes = 0;
  for (const config::Listener& listener : config.listeners) routes += listener.routes.size();
  fmt::print("{}: good: {} listener{}, {} route{}\n",
             options.source.file.empty() ? "the built-in default" : options.source.file,
             config.listeners.size(), config.listeners.size() == 1 ? "" : "s", routes,
             routes == 1 ? "" : "s");
  if (const std::string answer = supervisor::AnswerToUpgrade(); !answer.empty()) {
    fmt::print("{}\n", answer);
  }
  return kFine;
}

/// Prints two lines for whoever tried tined without a configuration; a service has its log.
void Greet(const config::Config& config, const std::vector<std::string>& addresses) {
  const auto* const files =
      std::get_if<config::Static>(&config.listeners.at(0).routes.at(0).handler);
  fmt::print("tined serves {} on http://{}/{}\n",
             files != nullptr ? files->root : "a built-in answer", addresses.at(0),
             config.user.empty() ? "" : fmt::format(" as user {}", config.user));
  fmt::print("Stop it with Ctrl-C. To configure it: tined --config FILE (see tined --help)\n");
  (void)std::fflush(stdout);
}

/// Names that go on meaning what they mean now, when the current directory is renamed or made anew:
/// the service reads them again at each reload, and the program that it is replaced by.
CommandLine WithAbsoluteNames(CommandLine options) {
  config::LoadOptions& source = options.source;
  std::string& name = source.file.empty() ? source.directory : source.file;
  name = std::filesystem::absolute(name.empty() ? "." : name).lexically_normal().native();
  options.arguments.resize(1);
  if (source.file.empty()) {
    options.arguments.insert(options.arguments.end(),
                             {"--address", source.address, "--port", std::to_string(source.port),
                              source.listing ? "--listing=true" : "--listing=false"});
  } else {
    options.arguments.emplace_back("--config");
  }
  options.arguments.push_back(name);
  return options;
}

int Serve(const CommandLine& given) {
  const CommandLine options = WithAbsoluteNames(given);
  const bool is_builtin = options.source.file.empty();
  return supervisor::Run({
      .arguments = options.arguments,
      .read = [&] { return config::Load(options.source); },
      .load = [&] { return LoadChecked(options.source); },
      .check =
          [&] {
            const config::Config config = LoadChecked(options.source);
            Refuse(supervisor::CheckTls(config, StrangersTo(config)));
            Refuse(TryModules(config));
            Refuse(TryUsers(config));
          },
      .run_worker = worker::Run,
      .on_serving =
          [&](const config::Config& config, const std::vector<std::string>& addresses) {
            if (is_builtin) Greet(config, addresses);
          },
  });
}

int Run(const CommandLine& options) {
  try {
    if (options.check) return AfterOutput(Check(options), "tined");
    if (options.print) {
      (void)std::fputs(config::Print(config::Load(options.source)).c_str(), stdout);
      return AfterOutput(kFine, "tined");
    }
    return Serve(options);
  } catch (const config::ConfigError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kBadUsage;
  } catch (const std::exception& error) {
    log::Error("cannot start", {{"reason", error.what()}});
    return kRunTimeFailure;
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"tined: an application server whose connections outlive its workers"};
  CommandLine options;
  app.name("tined");
  app.add_option("--config,-c", options.source.file,
                 "configuration file (YAML); without it, DIRECTORY is served on 127.0.0.1")
      ->type_name("FILE");
  app.add_option("--address", options.source.address,
                 "the address where it is served; 0.0.0.0: all of this machine's")
      ->type_name("IP")
      ->capture_default_str()
      ->excludes("--config");
  app.add_option("--port", options.source.port,
                 "where it is served without a configuration file; 0: any port that is free")
      ->type_name("PORT")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str()
      ->excludes("--config");
  app.add_flag("--listing", options.source.listing,
               "list its directories that have no index, the default; --listing=false: do not")
      ->excludes("--config");
  app.add_flag("--check", options.check, "check the configuration, say what is wrong, and exit");
  app.add_flag("--print-config", options.print,
               "print the configuration as it is in effect, every default filled in, and exit");
  app.set_version_flag("--version", "tined " + std::string(kVersion));
  app.add_option("DIRECTORY", options.source.directory,
                 "what to serve without a configuration file (default: the current directory)")
      ->excludes("--config");
  app.footer(
      "Signals: SIGHUP reload, SIGTERM and SIGINT drain and stop, SIGUSR1 reopen the access log,\n"
      "SIGUSR2 upgrade in place, SIGTTIN and SIGTTOU one worker more or less.\n"
      "Exit status: 0 fine, 1 run-time failure, 2 bad usage or configuration.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return AfterOutput(app.exit(error) == 0 ? kFine : kBadUsage, "tined");
  }
  if (!config::QuickAddress(options.source)) {
    fmt::print(stderr, "--address: {} is no address such as 127.0.0.1 or ::1\n",
               options.source.address);
    return kBadUsage;
  }
  options.arguments.assign(argv, argv + argc);
  return Run(options);
}

// tinectl: asks a running tined, and tells it what to do.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/output.hpp"
#include "base/version.hpp"
#include "config/loader.hpp"
#include "config/suggest.hpp"
#include "tinectl/answer.hpp"
#include "tinectl/client.hpp"
#include "tinectl/compare.hpp"
#include "tinectl/show.hpp"

namespace {

using namespace tined;
using nlohmann::json;

enum ExitStatus { kFine = 0, kFailed = 1, kBadUsage = 2 };

struct CommandLine {
  std::string socket = config::DefaultControlPath();
  std::string command;
  int timeout = 10;
  int count = 0;
  int worker = 0;
  std::string trace;
  bool as_json = false;
  bool no_wait = false;
  tinectl::CompareOptions compare;
};

int PrintErrors(const json& answer) {
  for (const std::string& error : tinectl::ErrorsOf(answer)) {
    fmt::print(stderr, "tinectl: {}\n", error);
  }
  return kFailed;
}

int Stop(tinectl::Client& client, const CommandLine& options, const json& answer) {
  if (!options.as_json) fmt::print("stopping, {} workers drain\n", tinectl::DrainingIn(answer));
  if (options.no_wait) return kFine;
  (void)std::fflush(stdout);
  client.WaitForEnd();
  if (!options.as_json) fmt::print("stopped\n");
  return kFine;
}

/// The program that is asked is replaced by another, which answers in its stead. It may have to go
/// back to the first one: that one knows the outcome then.
json Upgrade(const CommandLine& options) {
  constexpr int kMostImages = 3;
  json request = {{"command", "upgrade"}};
  for (int image = 1;; ++image) {
    try {
      return tinectl::Client(options.socket, std::chrono::seconds(options.timeout)).Ask(request);
    } catch (const tinectl::HungUp&) {
      if (image == kMostImages) throw;
      request["command"] = "upgrade-outcome";
    }
  }
}

json Ask(tinectl::Client& client, const CommandLine& options) {
  json request = {{"command", options.command}};
  if (options.command == "scale") request["count"] = options.count;
  if (options.command == "drain" || options.command == "trace") {
    request["worker"] = options.worker;
  }
  if (options.command == "trace") request["on"] = options.trace == "on";
  return client.Ask(request);
}

int Run(const CommandLine& options) {
  try {
    if (options.command == "compare") {
      tinectl::Compare(options.compare);
      return kFine;
    }
    tinectl::Client client(options.socket, std::chrono::seconds(options.timeout));
    const json answer = options.command == "upgrade" ? Upgrade(options) : Ask(client, options);
    if (options.as_json) fmt::print("{}\n", answer.dump(2));
    if (!tinectl::IsOk(answer)) return options.as_json ? kFailed : PrintErrors(answer);
    if (options.command == "stop") return Stop(client, options, answer);
    if (!options.as_json) fmt::print("{}", tinectl::Show(options.command, answer));
    return kFine;
  } catch (const std::exception& error) {
    const json answer = {{"ok", false}, {"errors", {error.what()}}};
    if (!options.as_json) return PrintErrors(answer);
    fmt::print("{}\n", answer.dump(2, ' ', false, json::error_handler_t::replace));
    return kFailed;
  }
}

/// What the command line says in the place of a command; empty: nothing.
std::string UnknownCommand(const CLI::App& app) {
  if (!app.get_subcommands().empty()) return {};
  for (const std::string& word : app.remaining()) {
    if (!word.starts_with('-')) return word;
  }
  return {};
}

int RefuseCommandLine(const CLI::App& app, const CLI::ParseError& error) {
  const std::string unknown = UnknownCommand(app);
  if (unknown.empty()) return app.exit(error) == 0 ? kFine : kBadUsage;
  std::vector<std::string> names;
  for (const CLI::App* const each : app.get_subcommands({})) names.push_back(each->get_name());
  const std::string hint = config::DidYouMean(unknown, {names.begin(), names.end()});
  fmt::print(stderr, "tinectl: unknown command `{}`{}; tinectl --help has them all\n", unknown,
             hint.empty() ? hint : fmt::format(" ({})", hint));
  return kBadUsage;
}

void AddCompare(CLI::App& app, tinectl::CompareOptions& options) {
  CLI::App* const compare = app.add_subcommand(
      "compare",
      "run a module as `event`, `thread` and `process`, in a tined of its own, and show "
      "what each costs");
  compare->add_option("--module", options.module, "the module's file")
      ->required()
      ->check(CLI::ExistingFile);
  compare->add_option("--settings", options.settings, "its settings, YAML in one line: '{a: 1}'");
  compare->add_option("--request", options.request, "what is asked for")->capture_default_str();
  compare->add_option("--header", options.fields, "\"Name: value\", as often as wanted");
  compare->add_option("--body", options.body, "of the request");
  compare->add_option("--run", options.runs, "the ways to run it, separated by commas")
      ->delimiter(',')
      ->check(CLI::IsMember({"event", "thread", "process"}))
      ->capture_default_str();
  compare->add_option("--connections", options.connections, "requests at a time")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  compare->add_option("--workers", options.workers, "workers")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  compare
      ->add_option("--concurrency", options.concurrency,
                   "threads of a worker, executors (default: one a CPU)")
      ->check(CLI::Range(1, 1000));
  compare->add_option("--seconds", options.seconds, "how long each is measured")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  compare->add_option("--tined", options.tined, "the tined to run (default: the one beside this)");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"tinectl: look after a running tined"};
  CommandLine options;
  app.name("tinectl");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--socket", options.socket, "control socket of the tined to talk to")
      ->type_name("PATH")
      ->capture_default_str();
  app.add_option("--timeout", options.timeout,
                 "how long the supervisor may be silent; what it works on may take longer. 0: for "
                 "ever")
      ->type_name("SECONDS")
      ->check(CLI::Range(0, 86400))
      ->capture_default_str();
  app.add_flag("--json", options.as_json, "print the answer as JSON");
  app.set_version_flag("--version", "tinectl " + std::string(kVersion));
  app.add_subcommand("status", "state, listeners and counters of the service");
  app.add_subcommand("workers", "one line a worker");
  app.add_subcommand("reload", "read the configuration again, and wait for the outcome");
  app.add_subcommand("upgrade",
                     "run the program that is installed by now in place of the running one; "
                     "connections go on");
  app.add_subcommand("check", "check the configuration file of the service, change nothing");
  app.add_subcommand("scale", "change the number of workers until the next reload")
      ->add_option("N", options.count, "number of workers")
      ->required();
  app.add_subcommand("drain", "replace a worker: it hands its connections to the others and ends")
      ->add_option("WORKER", options.worker, "number of the worker")
      ->required();
  CLI::App* const trace = app.add_subcommand(
      "trace", "off: let gdb, strace or perf attach to a worker; on: rescue its connections again");
  trace->add_option("MODE", options.trace, "on or off")
      ->required()
      ->check(CLI::IsMember({"on", "off"}));
  trace->add_option("WORKER", options.worker, "number of the worker")->required();
  app.add_subcommand("stop", "answer what has been asked, then stop; waits for the end")
      ->add_flag("--no-wait", options.no_wait, "do not wait");
  AddCompare(app, options.compare);
  app.footer("Exit status: 0 done, 1 refused or not reachable, 2 bad usage.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return AfterOutput(RefuseCommandLine(app, error), "tinectl");
  }
  options.command = app.get_subcommands().front()->get_name();
  options.compare.as_json = options.as_json;
  return AfterOutput(Run(options), "tinectl");
}

#include "tinectl/compare.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <thread>

#include "tinectl/load.hpp"
#include "tinectl/trial.hpp"

namespace tined::tinectl {
namespace {

using nlohmann::json;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr int kKills = 5;
constexpr std::chrono::seconds kKillTime{2};

volatile std::sig_atomic_t is_interrupted = 0;

/// How far the whole comparison is, in one line of the terminal.
class Progress {
 public:
  /// `parts`: of equal length.
  explicit Progress(std::size_t parts) : parts_(parts), is_shown_(::isatty(STDERR_FILENO) != 0) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() {
    if (is_shown_) fmt::print(stderr, "\r\033[K");
  }

  void Begin(std::string what) {
    what_ = std::move(what);
    Show(0);
    ++begun_;
  }
  void Show(double share) const {
    if (is_interrupted != 0) throw std::runtime_error("interrupted");
    if (!is_shown_) return;
    constexpr int kWidth = 30;
    const double done =
        (static_cast<double>(begun_) - (begun_ > 0 ? 1 : 0) + share) / static_cast<double>(parts_);
    const auto filled = static_cast<std::size_t>(std::clamp(done, 0.0, 1.0) * kWidth);
    fmt::print(stderr, "\r[{:<{}}] {:3.0f} %  {}\033[K", std::string(filled, '#'), kWidth,
               done * 100, what_);
    (void)std::fflush(stderr);
  }

 private:
  const std::size_t parts_;
  const bool is_shown_;
  std::size_t begun_ = 0;
  std::string what_;
};

struct Result {
  std::string run;
  unsigned status = 0;
  Measured load{};
  Milliseconds cpu{};  ///< for all of `load`
  int kills = 0;
  Measured killed{};  ///< what was asked for while processes were killed
};

Result Measure(const CompareOptions& options, const std::string& run, const Question& question,
               Progress& progress) {
  const std::chrono::nanoseconds time(static_cast<std::int64_t>(options.seconds * 1e9));
  const auto show = [&](double share) { progress.Show(share); };
  Result result{.run = run};
  progress.Begin(run);
  const Trial trial({.program = options.tined,
                     .module = options.module,
                     .settings = options.settings,
                     .run = run,
                     .workers = options.workers,
                     .concurrency = options.concurrency});
  Load load(trial.port(), question, options.connections);
  result.status = load.expected_status();
  // Caches, threads and executors as they are after a while.
  (void)load.Run(time / 10, show);
  const auto before = trial.CpuTime();
  result.load = load.Run(time, show);
  result.cpu = trial.CpuTime() - before;

  progress.Begin(run + ", killing");
  result.killed = load.Run(kKillTime, [&](double share) {
    show(share);
    if (share * (kKills + 1) > result.kills + 1 && trial.KillOne()) ++result.kills;
  });
  return result;
}

double PerSecond(const Measured& load) {
  return static_cast<double>(load.answers + load.others) /
         std::chrono::duration<double>(load.time).count();
}

double CpuPerRequest(const Result& result) {
  const auto answers = static_cast<double>(result.load.answers + result.load.others);
  return answers == 0 ? 0 : result.cpu.count() * 1000 / answers;
}

double Wait(const Measured& load, double share) {
  return Milliseconds(load.Percentile(share)).count();
}

json AsJson(const Result& result) {
  return {{"run", result.run},
          {"status", result.status},
          {"requests_per_second", PerSecond(result.load)},
          {"p50_ms", Wait(result.load, 0.5)},
          {"p99_ms", Wait(result.load, 0.99)},
          {"p999_ms", Wait(result.load, 0.999)},
          {"cpu_us_per_request", CpuPerRequest(result)},
          {"other_statuses", result.load.others},
          {"lost", result.load.lost},
          {"kills",
           {{"count", result.kills},
            {"answers", result.killed.answers},
            {"other_statuses", result.killed.others},
            {"lost", result.killed.lost},
            {"longest_wait_ms", Wait(result.killed, 1)}}}};
}

void PrintRow(const Result& result) {
  const std::string crash =
      fmt::format("{} errors, {} lost, longest wait {:.0f} ms", result.killed.others,
                  result.killed.lost, Wait(result.killed, 1));
  fmt::print("{:<8} {:>6} {:>11.0f} {:>9.2f} {:>9.2f} {:>9.2f} {:>12.1f}   {}\n", result.run,
             result.status, PerSecond(result.load), Wait(result.load, 0.5), Wait(result.load, 0.99),
             Wait(result.load, 0.999), CpuPerRequest(result), crash);
  if (result.load.others + result.load.lost > 0) {
    fmt::print("         {} answers had another status than {}, {} were lost\n", result.load.others,
               result.status, result.load.lost);
  }
}

void PrintTable(const CompareOptions& options, const std::vector<Result>& results) {
  fmt::print("{}  {}\n", options.module, options.request);
  fmt::print("{} connections, {} s each; workers: {}, threads of a worker, executors: {}\n\n",
             options.connections, options.seconds, options.workers, options.concurrency);
  fmt::print("{:<8} {:>6} {:>11} {:>9} {:>9} {:>9} {:>12}   {}\n", "run", "status", "requests/s",
             "p50 ms", "p99 ms", "p99.9 ms", "CPU us each",
             fmt::format("what {} kills (SIGKILL) of its process cost", kKills));
  for (const Result& result : results) PrintRow(result);
  const auto has_failed = [](const Result& result) { return result.status >= 400; };
  if (std::any_of(results.begin(), results.end(), has_failed)) {
    fmt::print("\nA status of 400 or more: what was measured is how fast the module fails.\n");
  }
}

std::string FindTined(const std::string& given) {
  if (!given.empty()) return given;
  const std::filesystem::path beside =
      std::filesystem::read_symlink("/proc/self/exe").parent_path();
  for (const auto& path : {beside / "tined", beside.parent_path() / "sbin/tined",
                           std::filesystem::path("/usr/sbin/tined")}) {
    if (std::filesystem::exists(path)) return path;
  }
  throw std::runtime_error("tined is not beside tinectl: say where it is, with --tined");
}

}  // namespace

void Compare(CompareOptions options) {
  options.tined = FindTined(options.tined);
  options.module = std::filesystem::absolute(options.module);
  if (options.concurrency == 0) {
    options.concurrency = static_cast<int>(std::thread::hardware_concurrency());
  }
  const Question question = MakeQuestion(options.request, options.fields, options.body);
  // Whatever has been started is ended.
  (void)std::signal(SIGINT, [](int) { is_interrupted = 1; });
  (void)std::signal(SIGTERM, [](int) { is_interrupted = 1; });
  std::vector<Result> results;
  {
    Progress progress(options.runs.size() * 2);
    for (const std::string& run : options.runs) {
      results.push_back(Measure(options, run, question, progress));
    }
  }
  if (!options.as_json) return PrintTable(options, results);
  json all = json::array();
  for (const Result& result : results) all.push_back(AsJson(result));
  fmt::print("{}\n", all.dump(2));
}

}  // namespace tined::tinectl

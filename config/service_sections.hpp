// The keys of the sections that are the same for all listeners: workers, time-outs, limits,
// backends, logs.
#pragma once

#include "config/layout.hpp"
#include "config/rules.hpp"
#include "config/text_rules.hpp"

namespace tined::config {

inline constexpr SizeRange kBodySize = {0_B, 64_MiB};
inline constexpr SizeRange kRate = {0_B, 1_MiB};  ///< each second
inline constexpr NumberRange kProcesses = {1, 1024};
inline constexpr NumberRange kRequestsPerProcess = {0, 1'000'000'000};
inline constexpr SizeRange kProcessMemory = {0_B, 1024_GiB};
inline constexpr NumberRange kProcessQueue = {0, 1'000'000};
inline constexpr DurationRange kTimeout = {milliseconds(100), std::chrono::hours(1)};

template <>
struct Layout<Restart> {
  static constexpr std::string_view kAbout = "When workers die.";
  static constexpr std::string_view kExample = "{limit: 20, within: 10s}";
  static void Visit(auto& v, auto& restart) {
    const DurationRange kWait = {milliseconds(10), std::chrono::hours(1)};
    v("backoff", restart.backoff, kWait, "Wait before the second restart; doubles from there.");
    v("backoff_max", restart.backoff_max, kWait, "The longest wait.");
    v("limit", restart.limit, NumberRange{1, 10'000},
      "So many deaths within `within` make every restart wait backoff_max.");
    v("within", restart.within, kTimeout, "The time that `limit` counts over.");
  }
};

template <>
struct Layout<Recycle> {
  static constexpr std::string_view kAbout =
      "When a worker is replaced by a fresh one; 0: never. Its connections go on.";
  static constexpr std::string_view kExample = "{requests: 1000000}";
  static void Visit(auto& v, auto& recycle) {
    v("requests", recycle.requests, NumberRange{0, 1'000'000'000'000},
      "After so many answers, a tenth more or less.");
    v("age", recycle.age, DurationRange{seconds(1), std::chrono::hours(24 * 365), true},
      "After so long, a tenth more or less.");
    v("memory", recycle.memory, SizeRange{0_B, 1024_GiB}, "With so much memory of its own.");
  }
};

template <>
struct Layout<Workers> {
  static constexpr std::string_view kAbout = "The processes that serve.";
  static constexpr std::string_view kExample = "{count: 4}";
  static void Visit(auto& v, auto& workers) {
    v("count", workers.count, NumberRange{1, 512, "auto"}, "How many; auto: one a CPU.");
    v("max_connections", workers.max_connections, NumberRange{1, 1'000'000},
      "Open connections of each worker.");
    v("watchdog", workers.watchdog, DurationRange{milliseconds(100), std::chrono::hours(1), true},
      "A worker whose loop is silent for longer is replaced; 0: never.");
    v.Section("recycle", workers.recycle);
    v.Section("restart", workers.restart);
  }
};

template <>
struct Layout<Threads> {
  static constexpr std::string_view kAbout =
      "The threads of each worker, for handlers with `run: thread`.";
  static constexpr std::string_view kExample = "{count: 16, queue: 1024}";
  static void Visit(auto& v, auto& threads) {
    v("count", threads.count, NumberRange{1, 1024},
      "How many of each worker at the most; started when needed.");
    v("queue", threads.queue, NumberRange{0, 1'000'000},
      "Requests that may wait for a thread; more are answered with 503.");
    v("timeout", threads.timeout, kTimeout,
      "How long one request may take, from when a thread has it; then the client gets a `504` and "
      "the log a line with the thread's stack.");
  }
};

template <>
struct Layout<Processes> {
  static constexpr std::string_view kAbout =
      "The processes that run handlers with `run: process`, for all workers together.";
  static constexpr std::string_view kExample = "{count: 4, max: 16}";
  static void Visit(auto& v, auto& processes) {
    v("count", processes.count, kProcesses, "How many are kept ready.");
    v("max", processes.max, kProcesses, "How many there are at the most, those at work included.");
    v("requests_per_process", processes.requests_per_process, kRequestsPerProcess,
      "After so many an executor is replaced by a fresh one; 0: never.");
    v("timeout", processes.timeout, kTimeout,
      "How long one request may take; then its executor is killed and the client gets a `504`.");
    v("memory", processes.memory, kProcessMemory,
      "How much address space an executor may have (RLIMIT_AS); 0: as much as the system lets it. "
      "A module that gets no more answers `500`.");
    v("queue", processes.queue, kProcessQueue,
      "Requests of each worker that may wait for one; more are answered with 503.");
  }
};

template <>
struct Layout<Programs> {
  static constexpr std::string_view kAbout = "The programs (CGI) of each worker.";
  static constexpr std::string_view kExample = "{count: 16}";
  static void Visit(auto& v, auto& programs) {
    v("count", programs.count, NumberRange{1, 10'000},
      "How many of each worker run at the most. A request that finds so many gets a `503` with "
      "`Retry-After` at once.");
    v("spool", programs.spool, SizeRange{0_B, 1024_GiB},
      "How much of an answer is kept on disk for a client that takes it slowly, so that the "
      "program can end; beyond it the program waits. 0: it always waits.");
    v("spool_total", programs.spool_total, SizeRange{0_B, 1024_GiB},
      "How much of all answers together, in each worker.");
  }
};

template <>
struct Layout<Backends> {
  static constexpr std::string_view kAbout = "How handlers are run that may block.";
  static constexpr std::string_view kExample = "{threads: {count: 16}}";
  static void Visit(auto& v, auto& backends) {
    v.Section("threads", backends.threads);
    v.Section("processes", backends.processes);
    v.Section("programs", backends.programs);
  }
};

template <>
struct Layout<Timeouts> {
  static constexpr std::string_view kAbout = "How long clients are waited for.";
  static constexpr std::string_view kExample = "{idle: 75s}";
  static void Visit(auto& v, auto& timeouts) {
    v("header", timeouts.header, kTimeout, "From a request's first byte to its header's last.");
    v("body", timeouts.body, kTimeout, "Longest silence inside a request body.");
    v("body_rate", timeouts.body_rate, kRate,
      "Least bytes a second of a request body, over each time of `body`; 0: any.");
    v("idle", timeouts.idle, kTimeout, "Between requests, and before the first.");
    v("write", timeouts.write, kTimeout, "Longest wait for a client that does not read.");
    v("write_rate", timeouts.write_rate, kRate,
      "Least bytes a second that a client takes, over each time of `write`; 0: any.");
  }
};

template <>
struct Layout<Limits> {
  static constexpr std::string_view kAbout =
      "How large requests may be, and how many connections one client may have.";
  static constexpr std::string_view kExample = "{body: 1MiB}";
  static void Visit(auto& v, auto& limits) {
    v("header_size", limits.header_size, SizeRange{1_KiB, 1_MiB},
      "All header lines of a request together.");
    v("headers", limits.headers, NumberRange{1, 1000}, "How many header lines.");
    v("target", limits.target, SizeRange{64_B, 64_KiB}, "The request target: path and query.");
    v("body", limits.body, kBodySize, "The body of a request.");
    v.Optional("connections", limits.connections);
  }
};

template <>
struct Layout<Log> {
  static constexpr std::string_view kAbout = "The event log, on standard error.";
  static constexpr std::string_view kExample = "{level: info}";
  static void Visit(auto& v, auto& log) {
    using log::Format;
    using log::Level;
    v("level", log.level,
      Choice<Level>{{{"error", Level::error},
                     {"warning", Level::warning},
                     {"info", Level::info},
                     {"debug", Level::debug}}},
      "The least important events that are logged.");
    v("format", log.format,
      Choice<Format>{{{"auto", Format::automatic},
                      {"text", Format::text},
                      {"json", Format::json},
                      {"journald", Format::journald}}},
      "auto: journald when standard error is its stream, else text.");
  }
};

template <>
struct Layout<AccessLog> {
  static constexpr std::string_view kAbout = "One line a request. Absent: none.";
  static constexpr std::string_view kExample = "{path: /var/log/tined/access.log}";
  static void Visit(auto& v, auto& access_log) {
    using Format = AccessLog::Format;
    v.Required("path", access_log.path, kPath, "The file; relative to this one.");
    v.Where("path", access_log.where);
    v("format", access_log.format,
      Choice<Format>{
          {{"common", Format::common}, {"combined", Format::combined}, {"json", Format::json}}},
      "How a line looks.");
  }
};

}  // namespace tined::config

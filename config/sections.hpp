// The keys of a configuration: for each section of the model the names, the rules and whether a key
// must be given. This is the only list of them. Reading, printing and the list for tests are
// visitors of it, so that none can know a key that another does not.
//
// A visitor V is called with
//   v(key, value, rule)           a value with a default
//   v.Required(key, value, rule)  a value without one
//   v.List(key, values, rule)     a list, or one value alone
//   v.Section(key, section), v.Optional(key, section), v.Sections(key, sections)
//   v.OneOf(variant)              exactly one of these sections, by their kKey
//   v.Tree(key, setting, expected)  any values, which somebody else reads
//   v.Later(keys)                 keys of later versions
//   v.Where(key, position), v.Whole(position)   where the value, the section was written
#pragma once

#include "config/rules.hpp"
#include "config/text_rules.hpp"

namespace tined::config {

template <typename Section>
struct Layout;

inline constexpr std::uint32_t kDefaultSocketMode = 0660;
inline constexpr SizeRange kBodySize = {0_B, 64_MiB};
inline constexpr SizeRange kRate = {0_B, 1_MiB};  ///< each second
inline constexpr DurationRange kTimeout = {milliseconds(100), std::chrono::hours(1)};

template <>
struct Layout<Restart> {
  static constexpr std::string_view kExample = "{limit: 20, within: 10s}";
  static void Visit(auto& v, auto& restart) {
    const DurationRange kWait = {milliseconds(10), std::chrono::hours(1)};
    v("backoff", restart.backoff, kWait);
    v("backoff_max", restart.backoff_max, kWait);
    v("limit", restart.limit, NumberRange{1, 10'000});
    v("within", restart.within, kTimeout);
  }
};

template <>
struct Layout<Recycle> {
  static constexpr std::string_view kExample = "{requests: 1000000}";
  static void Visit(auto& v, auto& recycle) {
    v("requests", recycle.requests, NumberRange{0, 1'000'000'000'000});
    v("age", recycle.age, DurationRange{seconds(1), std::chrono::hours(24 * 365), true});
    v("memory", recycle.memory, SizeRange{0_B, 1024_GiB});
  }
};

template <>
struct Layout<Workers> {
  static constexpr std::string_view kExample = "{count: 4}";
  static void Visit(auto& v, auto& workers) {
    v("count", workers.count, NumberRange{1, 512, "auto"});
    v("max_connections", workers.max_connections, NumberRange{1, 1'000'000});
    v("watchdog", workers.watchdog, DurationRange{milliseconds(100), std::chrono::hours(1), true});
    v.Section("recycle", workers.recycle);
    v.Section("restart", workers.restart);
  }
};

template <>
struct Layout<Threads> {
  static constexpr std::string_view kExample = "{count: 16, queue: 1024}";
  static void Visit(auto& v, auto& threads) {
    v("count", threads.count, NumberRange{1, 1024});
    v("queue", threads.queue, NumberRange{0, 1'000'000});
    v("timeout", threads.timeout, kTimeout);
  }
};

template <>
struct Layout<Processes> {
  static constexpr std::string_view kExample = "{count: 4, max: 16}";
  static void Visit(auto& v, auto& processes) {
    v("count", processes.count, NumberRange{1, 1024});
    v("max", processes.max, NumberRange{1, 1024});
    v("requests_per_process", processes.requests_per_process, NumberRange{0, 1'000'000'000});
    v("timeout", processes.timeout, kTimeout);
    v("memory", processes.memory, SizeRange{0_B, 1024_GiB});
    v("queue", processes.queue, NumberRange{0, 1'000'000});
  }
};

template <>
struct Layout<Programs> {
  static constexpr std::string_view kExample = "{count: 16}";
  static void Visit(auto& v, auto& programs) {
    v("count", programs.count, NumberRange{1, 10'000});
    v("spool", programs.spool, SizeRange{0_B, 1024_GiB});
    v("spool_total", programs.spool_total, SizeRange{0_B, 1024_GiB});
  }
};

template <>
struct Layout<Backends> {
  static constexpr std::string_view kExample = "{threads: {count: 16}}";
  static void Visit(auto& v, auto& backends) {
    v.Section("threads", backends.threads);
    v.Section("processes", backends.processes);
    v.Section("programs", backends.programs);
  }
};

template <>
struct Layout<Timeouts> {
  static constexpr std::string_view kExample = "{idle: 75s}";
  static void Visit(auto& v, auto& timeouts) {
    v("header", timeouts.header, kTimeout);
    v("body", timeouts.body, kTimeout);
    v("body_rate", timeouts.body_rate, kRate);
    v("idle", timeouts.idle, kTimeout);
    v("write", timeouts.write, kTimeout);
    v("write_rate", timeouts.write_rate, kRate);
  }
};

template <>
struct Layout<Limits> {
  static constexpr std::string_view kExample = "{body: 1MiB}";
  static void Visit(auto& v, auto& limits) {
    v("header_size", limits.header_size, SizeRange{1_KiB, 1_MiB});
    v("headers", limits.headers, NumberRange{1, 1000});
    v("target", limits.target, SizeRange{64_B, 64_KiB});
    v("body", limits.body, kBodySize);
  }
};

template <>
struct Layout<RouteLimits> {
  static constexpr std::string_view kExample = "{body: 64MiB}";
  static void Visit(auto& v, auto& limits) { v("body", limits.body, kBodySize); }
};

template <>
struct Layout<Log> {
  static constexpr std::string_view kExample = "{level: info}";
  static void Visit(auto& v, auto& log) {
    using log::Format;
    using log::Level;
    v("level", log.level,
      Choice<Level>{{{"error", Level::error},
                     {"warning", Level::warning},
                     {"info", Level::info},
                     {"debug", Level::debug}}});
    v("format", log.format,
      Choice<Format>{{{"auto", Format::automatic},
                      {"text", Format::text},
                      {"json", Format::json},
                      {"journald", Format::journald}}});
  }
};

template <>
struct Layout<AccessLog> {
  static constexpr std::string_view kExample = "{path: /var/log/tined/access.log}";
  static void Visit(auto& v, auto& access_log) {
    using Format = AccessLog::Format;
    v.Required("path", access_log.path, kPath);
    v.Where("path", access_log.where);
    v("format", access_log.format,
      Choice<Format>{
          {{"common", Format::common}, {"combined", Format::combined}, {"json", Format::json}}});
  }
};

template <>
struct Layout<Static> {
  static constexpr std::string_view kKey = "static";
  static constexpr std::string_view kExample = "{root: /srv/www}";
  static void Visit(auto& v, auto& files) {
    v.Required("root", files.root, kPath);
    v.Where("root", files.where);
    v.List("index", files.index, kIndexName);
    v("listing", files.listing, Flag{});
    v("hidden", files.hidden, Flag{});
    v("precompressed", files.precompressed, Flag{});
    v("io", files.io,
      Choice<FileIo>{{{"sendfile", FileIo::sendfile},
                      {"blocking", FileIo::blocking},
                      {"nonblocking", FileIo::nonblocking},
                      {"async", FileIo::async}}});
  }
};

template <>
struct Layout<Respond> {
  static constexpr std::string_view kKey = "respond";
  static constexpr std::string_view kExample = "{status: 200, body: pong}";
  static void Visit(auto& v, auto& respond) {
    v("status", respond.status, NumberRange{200, 599});
    v("body", respond.body, kAnyText);
    v("type", respond.type, kMediaType);
  }
};

template <>
struct Layout<Redirect> {
  static constexpr std::string_view kKey = "redirect";
  static constexpr std::string_view kExample = "{to: /new}";
  static void Visit(auto& v, auto& redirect) {
    v.Required("to", redirect.to, kRedirectTarget);
    v("status", redirect.status,
      Choice<int>{{{"301", 301}, {"302", 302}, {"303", 303}, {"307", 307}, {"308", 308}}});
  }
};

template <>
struct Layout<Module> {
  static constexpr std::string_view kKey = "module";
  static constexpr std::string_view kExample = "{file: /usr/lib/tined/hello.so}";
  static void Visit(auto& v, auto& module) {
    using Run = Module::Run;
    v.Required("file", module.file, kPath);
    v.Where("file", module.where);
    v("run", module.run,
      Choice<Run>{{{"event", Run::event}, {"thread", Run::thread}, {"process", Run::process}}});
    v.Tree("settings", module.settings, "any values: the module reads them");
  }
};

template <>
struct Layout<ProgramLimits> {
  static constexpr std::string_view kExample = "{memory: 512MiB, cpu: 1m}";
  static void Visit(auto& v, auto& limits) {
    v("memory", limits.memory, SizeRange{0_B, 1024_GiB});
    v("cpu", limits.cpu, DurationRange{seconds(1), std::chrono::hours(24), true});
    v("processes", limits.processes, NumberRange{0, 1'000'000});
    v("open_files", limits.open_files, NumberRange{0, 1'000'000});
  }
};

template <>
struct Layout<Program> {
  static constexpr std::string_view kKey = "program";
  static constexpr std::string_view kExample = "{root: /usr/lib/cgi-bin}";
  static void Visit(auto& v, auto& program) {
    v.Whole(program.where);
    v("root", program.root, kPath);
    v("file", program.file, kPath);
    v("timeout", program.timeout, kTimeout);
    v("authorization", program.authorization, Flag{});
    v.Tree("environment", program.environment, "a map of variables such as {NAME: value}");
    v.Section("limits", program.limits);
  }
};

template <>
struct Layout<Route> {
  static constexpr std::string_view kExample = "{path: /, static: {root: /srv/www}}";
  static void Visit(auto& v, auto& route) {
    v.Whole(route.where);
    v("path", route.path, kRoutePath);
    v.List("host", route.hosts, kHostName);
    v.List("methods", route.methods, kMethod);
    v("replay", route.replay,
      Choice<Replay>{
          {{"safe", Replay::safe}, {"idempotent", Replay::idempotent}, {"none", Replay::none}}});
    v.Optional("limits", route.limits);
    v.OneOf(route.handler);
    v.Later({"status"});
  }
};

template <>
struct Layout<Stream> {
  static constexpr std::string_view kExample = "{module: {file: /usr/lib/tined/echo.so}}";
  static void Visit(auto& v, auto& stream) {
    v.OneOf(stream.handler);
    v("replay", stream.replay,
      Choice<Replay>{{{"none", Replay::none}, {"idempotent", Replay::idempotent}}});
  }
};

template <>
struct Layout<Listener> {
  static constexpr std::string_view kExample =
      "{name: web, address: 127.0.0.1:8080, routes: [...]}";
  static void Visit(auto& v, auto& listener) {
    v.Whole(listener.where);
    v.Required("name", listener.name, kListenerName);
    v.Required("address", listener.address, AddressRule{});
    v("mode", listener.mode, FileMode{});
    v("backlog", listener.backlog, NumberRange{1, 65535});
    v.Sections("routes", listener.routes);
    v.Optional("stream", listener.stream);
  }
};

template <>
struct Layout<Config> {
  static constexpr std::string_view kExample = "{listeners: [...]}";
  static void Visit(auto& v, auto& config) {
    v("user", config.user, kAccountName);
    v.Where("user", config.user_where);
    v("group", config.group, kAccountName);
    v.Where("group", config.group_where);
    v.Section("workers", config.workers);
    v("drain_timeout", config.drain_timeout,
      DurationRange{milliseconds(100), std::chrono::hours(24), true});
    v("rescue", config.rescue, Flag{});
    v.Section("timeouts", config.timeouts);
    v.Section("limits", config.limits);
    v.Section("backends", config.backends);
    v.Section("log", config.log);
    v.Optional("access_log", config.access_log);
    v("control", config.control, kControlPath);
    v.Where("control", config.control_where);
    v.Sections("listeners", config.listeners);
  }
};

}  // namespace tined::config

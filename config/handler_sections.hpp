// The keys of what can answer a route: static, respond, redirect, module, program and what asks
// other servers.
#pragma once

#include <array>

#include "config/route_rules.hpp"
#include "config/service_sections.hpp"
#include "config/upstream_sections.hpp"

namespace tined::config {

template <>
struct Layout<Static> {
  static constexpr std::string_view kKey = "static";
  static constexpr std::string_view kAbout = "Serves the files of a directory.";
  static constexpr std::string_view kExample = "{root: /srv/www}";
  static void Visit(auto& v, auto& files) {
    v.Required("root", files.root, kPath,
               "The directory; the route's path is replaced by it. Relative to this file.");
    v.Where("root", files.where);
    v.List("index", files.index, kIndexName,
           "What a directory answers with: the first of these files that it has.");
    v.List(
        "try", files.candidates, kCandidate,
        "In place of the path, the first of these that is there: $path, the path itself; $path/, "
        "a directory; $path.html or the like; a file of the site such as /index.html; =404 in "
        "the end says what happens anyway.");
    v("listing", files.listing, Flag{},
      "Answers a directory without index with a list of its entries.");
    v("hidden", files.hidden, Flag{}, "Serves names that begin with a dot.");
    v.List("visible", files.visible, kHiddenName,
           "Names that begin with a dot and are served all the same.");
    v.Tree("types", files.types, TypeMap{},
           "Media types by what follows a name's last dot, before those that are built in; {wasm: "
           "application/wasm}.");
    v("charset", files.charset, kCharset,
      "The charset of text/*, where the type does not say it; none: nothing is said.");
    v("precompressed", files.precompressed, Flag{},
      "Sends file.br, file.zst or file.gz in place of file to clients that take it.");
    v("io", files.io,
      Choice<FileIo>{{{"sendfile", FileIo::sendfile},
                      {"blocking", FileIo::blocking},
                      {"nonblocking", FileIo::nonblocking},
                      {"async", FileIo::async}}},
      "How files get from the disk to the client: sendfile without a copy in tined; blocking with "
      "one; nonblocking and async (io_uring) without the worker ever waiting for the disk.");
  }
};

template <>
struct Layout<Respond> {
  static constexpr std::string_view kKey = "respond";
  static constexpr std::string_view kAbout = "Answers with fixed bytes.";
  static constexpr std::string_view kExample = "{status: 200, body: pong}";
  static void Visit(auto& v, auto& respond) {
    v("status", respond.status, NumberRange{200, 599}, "The status code.");
    v("body", respond.body, kAnyText, "The body; empty: none.");
    v("type", respond.type, kMediaType, "The body's media type.");
  }
};

template <>
struct Layout<Redirect> {
  static constexpr std::string_view kKey = "redirect";
  static constexpr std::string_view kAbout =
      "Answers with another address: `to`, what followed the route's path, and the query; or `to` "
      "alone, where it says with $host, $path, $rest, $query, $scheme or $1 to $9 what is kept.";
  static constexpr std::string_view kExample = "{to: /new}";
  static void Visit(auto& v, auto& redirect) {
    v.Required("to", redirect.to, kRedirectTarget, "A path, or a URL.");
    v("status", redirect.status,
      Choice<int>{{{"301", 301}, {"302", 302}, {"303", 303}, {"307", 307}, {"308", 308}}},
      "The status code.");
  }
};

template <>
struct Layout<OwnProcesses> {
  static constexpr std::string_view kAbout =
      "With `run: process`: executors of its own, which no other module runs in. What is not given "
      "here is as `backends.processes` says.";
  static constexpr std::string_view kExample = "{count: 2}";
  static void Visit(auto& v, auto& processes) {
    v("count", processes.count, kProcesses, "How many are kept ready.");
    v("max", processes.max, kProcesses, "How many there are at the most, those at work included.");
    v("requests_per_process", processes.requests_per_process, kRequestsPerProcess,
      "After so many an executor is replaced by a fresh one; 0: never.");
    v("timeout", processes.timeout, kTimeout, "How long one request may take.");
    v("memory", processes.memory, kProcessMemory,
      "How much address space an executor may have (RLIMIT_AS).");
    v("queue", processes.queue, kProcessQueue,
      "Requests of each worker that may wait for one; more are answered with 503.");
  }
};

template <>
struct Layout<Module> {
  static constexpr std::string_view kKey = "module";
  static constexpr std::string_view kAbout = "Answers with code of your own, from a shared object.";
  static constexpr std::string_view kExample = "{file: /usr/lib/tined/hello.so}";
  static void Visit(auto& v, auto& module) {
    using Run = Module::Run;
    v.Required("file", module.file, kPath, "The shared object.");
    v.Where("file", module.where);
    v("run", module.run,
      Choice<Run>{{{"event", Run::event}, {"thread", Run::thread}, {"process", Run::process}}},
      "How it is run: called on the worker's event loop, where it must not block, on one of its "
      "threads, where it may, or in a process of its own, where it may crash as well.");
    v.Optional("processes", module.processes);
    v.Tree("settings", module.settings, AnyTree{},
           "What the module is told; it says itself what it takes.");
  }
};

template <>
struct Layout<ProgramLimits> {
  static constexpr std::string_view kAbout =
      "What each of its processes may use; 0: as much as tined itself.";
  static constexpr std::string_view kExample = "{memory: 512MiB, cpu: 1m}";
  static void Visit(auto& v, auto& limits) {
    v("memory", limits.memory, SizeRange{0_B, 1024_GiB}, "Address space (RLIMIT_AS).");
    v("cpu", limits.cpu, DurationRange{seconds(1), std::chrono::hours(24), true},
      "CPU time (RLIMIT_CPU): then SIGXCPU, and 5 seconds later SIGKILL.");
    v("processes", limits.processes, NumberRange{0, 1'000'000},
      "Processes and threads of tined's user, all together, beyond which it can start none "
      "(RLIMIT_NPROC); root has no such limit.");
    v("open_files", limits.open_files, NumberRange{0, 1'000'000}, "Open files (RLIMIT_NOFILE).");
  }
};

template <>
struct Layout<Program> {
  static constexpr std::string_view kKey = "program";
  static constexpr std::string_view kAbout =
      "Answers with the output of a program that is started for each request (CGI/1.1).";
  static constexpr std::string_view kExample = "{root: /usr/lib/cgi-bin}";
  static constexpr std::array<std::string_view, 2> kEither = {"root", "file"};
  static void Visit(auto& v, auto& program) {
    v.Whole(program.where);
    v("root", program.root, kPath,
      "A directory of programs: the path below the route's names one of them, the rest is its "
      "PATH_INFO. Relative to this file.");
    v("file", program.file, kPath,
      "One program: everything below the route's path is its PATH_INFO. Relative to this file.");
    v("timeout", program.timeout, kTimeout,
      "Longest silence of the program while it is waited for: then it is ended, with 504 if "
      "nothing of the answer is out.");
    v("authorization", program.authorization, Flag{},
      "It sees the request's Authorization field, as HTTP_AUTHORIZATION.");
    v.Tree("environment", program.environment, VariableMap{},
           "Variables of its environment, beside those of CGI/1.1 and PATH; these win.");
    v.Section("limits", program.limits);
  }
};

}  // namespace tined::config

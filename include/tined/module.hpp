// C++20 over the module interface of tined (module.h says how modules are versioned and run).
// A class with one method and one macro are a whole module:
//
//   #include <tined/module.hpp>
//
//   class Hello {
//    public:
//     tined::Response Answer(const tined::Request& request) {
//       return tined::Response::Text("Hello, " + std::string(request.path()) + "\n");
//     }
//   };
//   TINED_MODULE(Hello, "hello")
//
// What else the class may have:
//   a constructor that takes (const tined::Settings&), (tined::Context) or both in this order; it
//     is made once for each route and process, and whatever it throws refuses the configuration;
//   void Start(): the process is about to serve; what it throws ends the process;
//   void Stop(): after the last request of the process;
//   void BeforeFork(), void AfterFork(bool is_executor): around each fork of an executor (`run:
//     process`), in the process that has made the object, and AfterFork(true) in the executor as
//     well, before Start(). What they throw is logged.
// Answer may throw: the client gets a 500, the log what(). It may be a coroutine, which answers
// later: task.hpp.
// Threads: with `run: event` all is called on one thread. Answer must not block there.
// The parts are in headers of their own, included here: context, settings, request, response,
// message.
#pragma once

#include <tined/module.h>
#include <tined/adapter.hpp>
#include <tined/context.hpp>
#include <tined/message.hpp>
#include <tined/request.hpp>
#include <tined/response.hpp>
#include <tined/settings.hpp>

// Modules that were written when all of it stood here count on these.
#include <memory>
#include <new>

/// Makes `Class` the module of this shared object, called `name` in logs and counters.
#define TINED_MODULE(Class, name)                                                  \
  extern "C" TINED_EXPORT const tined_module* tined_module_entry(void) {           \
    static constexpr tined_module module = ::tined::detail::Describe<Class>(name); \
    return &module;                                                                \
  }

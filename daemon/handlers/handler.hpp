// What answers requests. One object a route and worker, made after fork, called on the worker's
// loop thread; it must not block longer than a file system does.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "answer/exchange.hpp"
#include "channels/module_report.hpp"
#include "config/model.hpp"
#include "loop/loop.hpp"
#include "shared/named_counters.hpp"
#include "stream/message.hpp"
#include "stream/reply.hpp"

namespace tined::backends {
class ExecutorPools;
class Programs;
class Reactor;
class Threads;
}  // namespace tined::backends

namespace tined::handlers {

class FileCache;

/// Every method that any handler may know.
inline constexpr std::string_view kEveryMethod = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

class Handler {
 public:
  Handler() = default;
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;
  virtual ~Handler() = default;

  /// Answers a request whose method is one of AllowedMethods, or leaves the answer for later, or to
  /// another handler. May throw: called through Dispatch (dispatch.hpp) alone, which answers 500
  /// then.
  virtual void Answer(answer::Exchange& exchange) = 0;

  /// The methods this handler knows, as the value of an Allow field; a constant.
  [[nodiscard]] virtual std::string_view AllowedMethods() const noexcept = 0;

  /// OPTIONS is for the handler as well; else it is answered without it.
  [[nodiscard]] virtual bool TakesOptions() const noexcept { return false; }
  /// So are methods that this server does not know (PROPFIND): else they get 501.
  [[nodiscard]] virtual bool TakesUnknownMethods() const noexcept { return false; }
};

/// What answers messages of a stream. One object a listener and worker, made and called as a
/// Handler is.
class StreamHandler {
 public:
  StreamHandler() = default;
  StreamHandler(const StreamHandler&) = delete;
  StreamHandler& operator=(const StreamHandler&) = delete;
  virtual ~StreamHandler() = default;

  /// Fills `reply`, or leaves it for later. May throw, which ends the stream.
  virtual void Answer(const stream::Message& message, stream::Reply& reply) = 0;

  /// Whether a connection that opens is a message for it (Message::is_opening).
  [[nodiscard]] virtual bool Opens() const noexcept { return false; }
};

/// What handlers of one worker share; outlives them.
struct Context {
  FileCache& file_cache;
  loop::Loop* loop = nullptr;                          ///< needed by routes that ask servers
  shared::NamedCounters* counters = nullptr;           ///< of modules; null: they count for nobody
  backends::Reactor* reactor = nullptr;                ///< needed by routes with `run: event`
  backends::Threads* threads = nullptr;                ///< needed by routes with `run: thread`
  const backends::ExecutorPools* executors = nullptr;  ///< needed by routes with `run: process`
  /// Told of each module that is made here; null: what is wrong with one is thrown instead.
  channels::ModuleReport* report = nullptr;
  backends::Programs* programs = nullptr;  ///< needed by routes with `program`
  std::uint16_t port = 0;                  ///< where the listener listens; 0: a unix socket
};

/// The handler of a route. `route` outlives it. Throws std::system_error when it cannot work, e.g.
/// for a directory that is not there. A module that refuses: null, and the report has been told.
[[nodiscard]] std::unique_ptr<Handler> MakeHandler(const config::Route& route,
                                                   const Context& context);
/// The handler of a listener with a stream, which answers messages. `listener` outlives it;
/// failures are told as MakeHandler tells them.
[[nodiscard]] std::unique_ptr<StreamHandler> MakeStreamHandler(const config::Listener& listener,
                                                               const Context& context);

}  // namespace tined::handlers

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
#pragma once

#include <tined/module.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace tined {

namespace detail {

/// Each module has its own, also where modules of several versions meet in one process.
__attribute__((visibility("hidden"))) inline const tined_host* host = nullptr;

inline std::string_view View(tined_text text) noexcept {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}
inline tined_text Text(std::string_view text) noexcept { return {text.data(), text.size()}; }

}  // namespace detail

/// A number that tined shows in its status. Copies count the same. Any thread.
class Counter {
 public:
  Counter() = default;
  void Add(std::uint64_t n = 1) const noexcept { detail::host->counter_add(counter_, n); }

 private:
  friend class Context;
  explicit Counter(tined_counter* counter) noexcept : counter_(counter) {}
  tined_counter* counter_ = nullptr;
};

/// This use of the module in this process: its log and its counters. A small value; copy it.
class Context {
 public:
  explicit Context(tined_context* context) noexcept : context_(context) {}

  void Error(std::string_view message) const { Log(TINED_ERROR, message); }
  void Warning(std::string_view message) const { Log(TINED_WARNING, message); }
  void Info(std::string_view message) const { Log(TINED_INFO, message); }
  void Debug(std::string_view message) const { Log(TINED_DEBUG, message); }

  /// The counter `name`; asking again gives the same one.
  [[nodiscard]] tined::Counter Counter(std::string_view name) const {
    return tined::Counter(detail::host->counter(context_, detail::Text(name)));
  }

  /// The counter as the C interface has it.
  [[nodiscard]] tined_context* get() const noexcept { return context_; }

 private:
  void Log(std::int32_t level, std::string_view message) const {
    detail::host->log(context_, level, detail::Text(message));
  }
  tined_context* context_;
};

/// A setting that is not what it should be; says where it stands.
class SettingsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A node of `settings:`. Valid while the module's constructor runs.
class Settings {
 public:
  explicit Settings(const tined_settings* node) noexcept : node_(node) {}

  [[nodiscard]] std::int32_t kind() const { return detail::host->settings_kind(node_); }
  [[nodiscard]] bool is_map() const { return kind() == TINED_MAP; }
  [[nodiscard]] bool is_list() const { return kind() == TINED_LIST; }
  [[nodiscard]] bool is_null() const { return kind() == TINED_NULL; }
  /// "tined.yaml:12:30".
  [[nodiscard]] std::string where() const { return std::string(View(host().settings_where)); }
  /// The key that this node is the value of.
  [[nodiscard]] std::string key() const { return std::string(View(host().settings_key)); }

  /// The items of a list, the values of a map.
  [[nodiscard]] std::vector<Settings> Items() const {
    std::vector<Settings> items;
    const std::size_t count = host().settings_count(node_);
    for (std::size_t i = 0; i < count; ++i) items.emplace_back(host().settings_at(node_, i));
    return items;
  }
  /// The value of `key` in this map.
  [[nodiscard]] std::optional<Settings> Find(std::string_view key) const {
    const tined_settings* const found = host().settings_find(node_, detail::Text(key));
    return found == nullptr ? std::nullopt : std::optional(Settings(found));
  }

  // This node's own value. Throws SettingsError when it is of another kind.
  [[nodiscard]] bool AsBoolean() const {
    Require(TINED_BOOLEAN, "true or false");
    return host().settings_boolean(node_) != 0;
  }
  [[nodiscard]] std::int64_t AsInteger() const {
    Require(TINED_INTEGER, "an integer");
    return host().settings_integer(node_);
  }
  [[nodiscard]] double AsReal() const {
    if (kind() != TINED_INTEGER) Require(TINED_REAL, "a number");
    return host().settings_real(node_);
  }
  /// Any scalar, as it is written.
  [[nodiscard]] std::string AsText() const {
    if (is_map() || is_list() || is_null()) Refuse("a text");
    return std::string(View(host().settings_text));
  }

  // The value of `key`, or `otherwise` when it is not there.
  [[nodiscard]] bool Boolean(std::string_view key, bool otherwise) const {
    const std::optional<Settings> found = Find(key);
    return found ? found->AsBoolean() : otherwise;
  }
  [[nodiscard]] std::int64_t Integer(std::string_view key, std::int64_t otherwise) const {
    const std::optional<Settings> found = Find(key);
    return found ? found->AsInteger() : otherwise;
  }
  [[nodiscard]] double Real(std::string_view key, double otherwise) const {
    const std::optional<Settings> found = Find(key);
    return found ? found->AsReal() : otherwise;
  }
  [[nodiscard]] std::string Text(std::string_view key, std::string_view otherwise) const {
    const std::optional<Settings> found = Find(key);
    return found ? found->AsText() : std::string(otherwise);
  }

  /// Refuses every key but these: a misspelt one would be overlooked.
  void Allow(std::initializer_list<std::string_view> keys) const {
    if (!is_map() && !is_null()) Refuse("a map");
    for (const Settings& item : Items()) {
      bool is_known = false;
      std::string known;
      for (const std::string_view key : keys) {
        is_known = is_known || key == item.key();
        known.append(known.empty() ? "" : ", ").append(key);
      }
      if (!is_known) {
        throw SettingsError(item.where() + ": unknown setting `" + item.key() +
                            "`; allowed: " + known);
      }
    }
  }

  /// Throws SettingsError: this node "must be <expected>".
  [[noreturn]] void Refuse(std::string_view expected) const {
    const std::string text(View(host().settings_text));
    throw SettingsError(where() + ": " + (key().empty() ? "this" : "`" + key() + "`") +
                        " must be " + std::string(expected) +
                        (text.empty() ? "" : ", not `" + text + "`"));
  }

 private:
  [[nodiscard]] static const tined_host& host() noexcept { return *detail::host; }
  [[nodiscard]] std::string_view View(tined_text (*get)(const tined_settings*)) const {
    return detail::View(get(node_));
  }
  void Require(std::int32_t wanted, std::string_view expected) const {
    if (kind() != wanted) Refuse(expected);
  }

  const tined_settings* node_;
};

/// One HTTP request. Valid until Answer returns; so are the views it gives.
class Request {
 public:
  explicit Request(const tined_request* request) noexcept : request_(request) {}
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  [[nodiscard]] std::string_view method() const { return Get(detail::host->request_method); }
  /// The target as it was sent.
  [[nodiscard]] std::string_view target() const { return Get(detail::host->request_target); }
  /// The path, decoded, with dot segments resolved; it begins with '/'. An encoded slash stays as
  /// it was sent, "%2F": "%252F" looks the same here, target() tells them apart.
  [[nodiscard]] std::string_view path() const { return Get(detail::host->request_path); }
  /// The query as it was sent, without the '?'.
  [[nodiscard]] std::string_view query() const { return Get(detail::host->request_query); }
  [[nodiscard]] std::string_view body() const { return Get(detail::host->request_body); }
  /// "127.0.0.1:4711", "[::1]:4711" or "unix".
  [[nodiscard]] std::string_view peer() const { return Get(detail::host->request_peer); }
  /// 16 hex digits, in the log too.
  [[nodiscard]] std::string_view id() const { return Get(detail::host->request_id); }

  /// The first header of that name, in upper or lower case.
  [[nodiscard]] std::optional<std::string_view> Header(std::string_view name) const {
    const tined_text value = detail::host->request_header(request_, detail::Text(name));
    return value.data == nullptr ? std::nullopt : std::optional(detail::View(value));
  }
  /// All headers in the order they came.
  [[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> Headers() const {
    std::vector<std::pair<std::string_view, std::string_view>> headers;
    const std::size_t count = detail::host->request_header_count(request_);
    for (std::size_t i = 0; i < count; ++i) {
      const tined_header header = detail::host->request_header_at(request_, i);
      headers.emplace_back(detail::View(header.name), detail::View(header.value));
    }
    return headers;
  }

  /// The value of `name` in a query of the form a=1&b=2, its %XX and '+' decoded.
  [[nodiscard]] std::optional<std::string> Parameter(std::string_view name) const {
    std::string_view rest = query();
    while (!rest.empty()) {
      const std::string_view item = rest.substr(0, rest.find('&'));
      rest.remove_prefix(std::min(item.size() + 1, rest.size()));
      const std::size_t equals = std::min(item.find('='), item.size());
      if (Decoded(item.substr(0, equals)) != name) continue;
      return Decoded(item.substr(std::min(equals + 1, item.size())));
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::string_view Get(tined_text (*get)(const tined_request*)) const {
    return detail::View(get(request_));
  }
  static std::string Decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
      unsigned value = 0;
      const char* const digits = text.data() + i + 1;
      if (text[i] == '%' && i + 2 < text.size() &&
          std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
        decoded.push_back(static_cast<char>(value));
        i += 2;
      } else {
        decoded.push_back(text[i] == '+' ? ' ' : text[i]);
      }
    }
    return decoded;
  }

  const tined_request* request_;
};

/// Bytes [offset, offset + length) of a file; by default all of it.
struct File {
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t length = UINT64_MAX;
};

/// A body made in pieces while it is sent: writes at most as many bytes as fit and returns how
/// many, 0 at the end. Each piece is sent when it is made, and the next one asked for when the
/// client has taken what there is. What it throws is in the log and cuts the connection, for the
/// client to see that something is missing.
struct Stream {
  std::function<std::size_t(std::span<char> room)> next;
  std::uint64_t length = UINT64_MAX;  ///< of the whole body, if it is known
};

/// The answer. Date, Server, Content-Length and the like are tined's to write.
struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::variant<std::string, File, Stream> body;
  /// Sent as Content-Type, in front of `headers`, unless it is empty. Outlives the response, as a
  /// literal does: no memory is taken for it.
  std::string_view content_type{};

  /// 200 with a text in UTF-8.
  [[nodiscard]] static Response Text(std::string text) {
    return {200, {}, std::move(text), "text/plain; charset=utf-8"};
  }
  /// 200 with these bytes.
  [[nodiscard]] static Response Bytes(std::string bytes, std::string type) {
    Response response{200, {}, std::move(bytes)};
    response.Header("Content-Type", std::move(type));
    return response;
  }
  /// A status with one line that explains it.
  [[nodiscard]] static Response Status(int status, std::string_view text = {}) {
    Response response = Text(text.empty() ? std::string() : std::string(text) + "\n");
    response.status = status;
    return response;
  }
  Response& Header(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

/// What has arrived on a connection of a `stream:` listener and is not used yet: at least one byte,
/// none in Open. Valid until the function that was given it returns.
class Message {
 public:
  explicit Message(const tined_message* message) noexcept : message_(message) {}
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  [[nodiscard]] std::string_view bytes() const {
    return detail::View(detail::host->message_bytes(message_));
  }
  /// What the connection remembers of the messages before (Reply::state); empty at first.
  [[nodiscard]] std::string_view state() const {
    return detail::View(detail::host->message_state(message_));
  }
  /// "127.0.0.1:4711", "[::1]:4711" or "unix".
  [[nodiscard]] std::string_view peer() const {
    return detail::View(detail::host->message_peer(message_));
  }
  /// 16 hex digits, in the log too.
  [[nodiscard]] std::string_view id() const {
    return detail::View(detail::host->message_id(message_));
  }

 private:
  const tined_message* message_;
};

/// What a stream answers to a message: bytes, and what becomes of the connection.
struct Reply {
  std::string bytes{};
  bool closes = false;          ///< when the bytes are out
  std::size_t used = SIZE_MAX;  ///< bytes of the message that are done with; the others come again
  /// What the connection remembers from now on, wherever it goes on: 16 KiB at the most. Without a
  /// value, what it did.
  std::optional<std::string> state = std::nullopt;

  /// The message is not complete: it is given again, with what follows.
  [[nodiscard]] static Reply Incomplete() { return {{}, false, 0}; }
};

namespace detail {

/// Bodies above this size are lent to tined, not copied.
inline constexpr std::size_t kCopied = 4096;

inline void Give(tined_response* to, std::string&& body) {
  if (body.size() <= kCopied) return host->response_body(to, body.data(), body.size());
  auto* const kept = new std::string(std::move(body));
  host->response_lent_body(
      to, kept->data(), kept->size(),
      [](void* context) { delete static_cast<std::string*>(context); }, kept);
}

inline void Give(tined_response* to, File&& file) {
  host->response_file(to, Text(file.path), file.offset, file.length);
}

/// Hosts before 1.4 do not ask.
inline void TellWhyProducerFails(std::string_view reason) noexcept {
  constexpr std::size_t kSizeThen = offsetof(tined_host, producer_fail) + sizeof(void*);
  if (host->size >= kSizeThen) host->producer_fail(Text(reason));
}

inline void Give(tined_response* to, Stream&& stream) {
  auto* const kept = new Stream(std::move(stream));
  const tined_producer producer = {
      .state = kept,
      .next = [](void* state, char* buffer, std::size_t room) -> std::ptrdiff_t {
        try {
          return static_cast<std::ptrdiff_t>(static_cast<Stream*>(state)->next({buffer, room}));
        } catch (const std::exception& error) {
          TellWhyProducerFails(error.what());
        } catch (...) {
          TellWhyProducerFails("an exception of an unknown type");
        }
        return -1;
      },
      .release = [](void* state) { delete static_cast<Stream*>(state); },
  };
  host->response_stream(to, &producer, kept->length);
}

inline void Give(tined_response* to, Response&& response) {
  host->response_status(to, response.status);
  if (!response.content_type.empty()) {
    host->response_header(to, TINED_TEXT("Content-Type"), Text(response.content_type));
  }
  for (const auto& [name, value] : response.headers) {
    host->response_header(to, Text(name), Text(value));
  }
  std::visit([to](auto& body) { Give(to, std::move(body)); }, response.body);
}

inline void Give(tined_message* to, const Reply& reply) {
  host->message_send(to, reply.bytes.data(), reply.bytes.size());
  if (reply.used != SIZE_MAX) host->message_used(to, reply.used);
  if (reply.state) host->message_set_state(to, reply.state->data(), reply.state->size());
  if (reply.closes) host->message_close(to);
}

/// A module's class whose Answer is a coroutine (task.hpp).
template <typename M>
concept AnswersLater = requires(M& module, const Request& request) {
  typename decltype(module.Answer(request))::promise_type;
};

/// Has an answer that comes later begun; it is defined in task.hpp.
template <AnswersLater M>
void AnswerLater(M& module, tined_response* response);

/// The functions of the table, for a module's class.
template <typename M>
struct Adapter {
  struct Instance {
    Context context;
    M module;

    template <typename... Arguments>
    explicit Instance(Context own, Arguments&&... arguments)
        : context(own), module(std::forward<Arguments>(arguments)...) {}
  };

  /// Runs `action`; what it throws goes to `fail` in words.
  template <typename Action, typename Fail>
  static bool Try(Action action, Fail fail) noexcept {
    try {
      action();
      return true;
    } catch (const std::exception& error) {
      fail(Text(error.what()));
    } catch (...) {
      fail(Text("an exception of an unknown type"));
    }
    return false;
  }

  static Instance* Make(Context context, const Settings& settings) {
    if constexpr (std::is_constructible_v<M, const Settings&, Context>) {
      return new Instance(context, settings, context);
    } else if constexpr (std::is_constructible_v<M, const Settings&>) {
      return new Instance(context, settings);
    } else if constexpr (std::is_constructible_v<M, Context>) {
      settings.Allow({});
      return new Instance(context, context);
    } else {
      settings.Allow({});
      return new Instance(context);
    }
  }

  static int Configure(const tined_host* given, tined_context* context,
                       const tined_settings* settings, void** self) noexcept {
    host = given;
    const bool is_good = Try([&] { *self = Make(Context(context), Settings(settings)); },
                             [&](tined_text reason) { host->refuse(context, reason); });
    return is_good ? 0 : 1;
  }

  static int Start([[maybe_unused]] void* self) noexcept {
    if constexpr (requires(M & module) { module.Start(); }) {
      auto& instance = *static_cast<Instance*>(self);
      return Try([&] { instance.module.Start(); },
                 [&](tined_text reason) { host->refuse(instance.context.get(), reason); })
                 ? 0
                 : 1;
    }
    return 0;
  }

  static void Stop([[maybe_unused]] void* self) noexcept {
    if constexpr (requires(M & module) { module.Stop(); }) {
      auto& instance = *static_cast<Instance*>(self);
      Try([&] { instance.module.Stop(); },
          [&](tined_text reason) { instance.context.Error(View(reason)); });
    }
  }

  static void BeforeFork(void* self) noexcept {
    auto& instance = *static_cast<Instance*>(self);
    Try([&] { instance.module.BeforeFork(); },
        [&](tined_text reason) { instance.context.Error(View(reason)); });
  }

  static void AfterFork(void* self, int is_executor) noexcept {
    auto& instance = *static_cast<Instance*>(self);
    Try([&] { instance.module.AfterFork(is_executor != 0); },
        [&](tined_text reason) { instance.context.Error(View(reason)); });
  }

  static void Answer(void* self, [[maybe_unused]] const tined_request* request,
                     tined_response* response) noexcept {
    M& module = static_cast<Instance*>(self)->module;
    Try(
        [&] {
          if constexpr (AnswersLater<M>) {
            AnswerLater(module, response);
          } else {
            Give(response, module.Answer(Request(request)));
          }
        },
        [&](tined_text reason) { host->response_fail(response, reason); });
  }

  static void Receive(void* self, tined_message* message) noexcept {
    Try([&] { Give(message, static_cast<Instance*>(self)->module.Receive(Message(message))); },
        [&](tined_text reason) { host->message_fail(message, reason); });
  }

  static void Open(void* self, tined_message* message) noexcept {
    Try([&] { Give(message, static_cast<Instance*>(self)->module.Open(Message(message))); },
        [&](tined_text reason) { host->message_fail(message, reason); });
  }

  static void Destroy(void* self) noexcept { delete static_cast<Instance*>(self); }
};

template <typename M>
constexpr tined_module Describe(const char* name) {
  using A = Adapter<M>;
  constexpr bool kAnswers = requires(M & module, const Request& request) {
    module.Answer(request);
  };
  constexpr bool kReceives = requires(M & module, const Message& message) {
    module.Receive(message);
  };
  static_assert(
      kAnswers || kReceives,
      "a module has Response Answer(const Request&), Reply Receive(const Message&) or both");
  constexpr bool kOpens = requires(M & module, const Message& message) { module.Open(message); };
  static_assert(kReceives || !kOpens, "what opens connections receives messages, too");
  static_assert(
      kOpens || !requires { &M::Open; }, "Open is: Reply Open(const Message&), and public");
  constexpr bool kIsLater = AnswersLater<M>;
  constexpr bool kPreparesForks = requires(M & module) { module.BeforeFork(); };
  constexpr bool kSeesForks = requires(M & module) { module.AfterFork(true); };
  tined_module table{};
  table.size = sizeof table;
  table.abi_major = TINED_ABI_MAJOR;
  // What needs no more than 1.0 can be loaded by it. Whether Receive uses a state cannot be told.
  table.abi_minor = kPreparesForks || kSeesForks ? 5 : kReceives ? 3 : kIsLater ? 2 : 0;
  table.name = name;
  table.configure = A::Configure;
  table.start = A::Start;
  table.stop = A::Stop;
  table.destroy = A::Destroy;
  if constexpr (kAnswers) table.answer = A::Answer;
  if constexpr (kReceives) table.receive = A::Receive;
  if constexpr (kOpens) table.open = A::Open;
  if constexpr (kPreparesForks) table.before_fork = A::BeforeFork;
  if constexpr (kSeesForks) table.after_fork = A::AfterFork;
  return table;
}

}  // namespace detail
}  // namespace tined

/// Makes `Class` the module of this shared object, called `name` in logs and counters.
#define TINED_MODULE(Class, name)                                                  \
  extern "C" TINED_EXPORT const tined_module* tined_module_entry(void) {           \
    static constexpr tined_module module = ::tined::detail::Describe<Class>(name); \
    return &module;                                                                \
  }

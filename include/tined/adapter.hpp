// How a module's class becomes the table of functions that tined calls. Part of module.hpp, which
// is all that a module includes; nothing here is for a module to use. Nothing is thrown to tined:
// what a module throws is caught and given on in words.
#pragma once

#include <tined/module.h>
#include <tined/context.hpp>
#include <tined/message.hpp>
#include <tined/request.hpp>
#include <tined/response.hpp>
#include <tined/settings.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace tined {

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

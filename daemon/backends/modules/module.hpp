// One use of a module: loaded, configured for a route, started, and asked for answers. Made after
// fork, where its code is to run: the supervisor never has one.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "backends/modules/deferred.hpp"
#include "backends/modules/host.hpp"

namespace tined::backends {

class Module {
 public:
  /// Loads and configures it. `counters` may be null and outlives the module. Throws
  /// std::runtime_error that says what is wrong, file included.
  Module(const config::ModuleUse& use, shared::NamedCounters* counters);
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  ~Module();

  /// What is wrong with it and its settings, found by loading and configuring it in this process;
  /// empty: nothing.
  [[nodiscard]] static std::string Fault(const config::ModuleUse& use);

  /// This process is about to fork an executor, has done so or has failed to, and is that executor.
  /// In this order; of several modules, the first that was made is the last before a fork and the
  /// first after it.
  enum class Fork { before, after, in_executor };
  void Note(Fork fork) noexcept;
  /// The process is about to serve. Throws std::runtime_error when the module refuses.
  void Start();
  /// The process has served its last request. Nothing, unless it was started.
  void Stop() noexcept;
  /// Has it answer a request, into a clear `draft`. What is wrong with the answer is logged. `id`:
  /// the request's; null: what this thread has noted (ledger::Asked), or one that it gets when it
  /// is asked for. Not null: the answer is made there in place of the draft, and perhaps later.
  [[nodiscard]] std::shared_ptr<Deferred> Answer(const http::Request& request, Draft& draft,
                                                 Reactor& reactor,
                                                 const RequestId* id = nullptr) noexcept;
  /// Has it answer a message of a stream, as Answer does a request.
  void Receive(const stream::Message& message, Draft& draft,
               const RequestId* id = nullptr) noexcept;

  /// Whether the module is for a stream, and a connection that opens is a message for it
  /// (Message::is_opening).
  [[nodiscard]] bool opens() const noexcept { return is_stream_ && table_.open != nullptr; }
  [[nodiscard]] const std::string& name() const noexcept { return context_.module; }
  [[nodiscard]] const std::string& route() const noexcept { return context_.route; }

 private:
  [[nodiscard]] std::string Refusal(std::string_view what) const;

  const std::string file_;
  const bool is_stream_;
  tined_module table_;
  tined_context context_;
  void* self_ = nullptr;
  bool is_configured_ = false;
  bool is_started_ = false;
};

}  // namespace tined::backends

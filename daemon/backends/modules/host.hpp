// The host's side of the module interface: the objects behind the opaque types, and the table of
// functions that reads them. Worker or executor; which threads may call what, module.h says.
#pragma once

#include <tined/module.h>

#include <string>
#include <string_view>

#include "backends/modules/draft.hpp"
#include "backends/request_id.hpp"
#include "config/model.hpp"
#include "http/request.hpp"
#include "shared/named_counters.hpp"
#include "stream/message.hpp"

namespace tined::backends {

struct Deferral;

/// The one table, for all modules.
[[nodiscard]] const tined_host& Host() noexcept;

/// The module has made its answer: one line about what is wrong with it, if anything is; a body in
/// pieces is told whose it is.
void Conclude(const tined_context& context, const tined_request& request, Draft& draft) noexcept;
/// The module has made its reply to a message: one line about what is wrong with it.
void Conclude(const tined_context& context, const tined_message& message) noexcept;

/// Who asks a module for something; the texts are seldom wanted, and made when they are.
class Asker {
 public:
  /// `id`: what the request is called; empty: it is numbered when somebody asks.
  explicit Asker(const ledger::Peer* peer, std::string_view id = {}) noexcept;

  /// "192.0.2.1:80", "[::1]:80", "unix".
  [[nodiscard]] std::string_view peer() const;
  [[nodiscard]] std::string_view id() const;
  /// What `id` shows, or the end of it; NUL: nobody has asked for it yet.
  [[nodiscard]] ledger::RequestId& digits() const noexcept { return id_; }
  [[nodiscard]] bool is_named() const noexcept { return !name_.empty(); }

 private:
  const ledger::Peer* peer_;
  const std::string_view name_;
  mutable std::string peer_text_;
  mutable ledger::RequestId id_{};
};

}  // namespace tined::backends

/// One use of a module in this process.
struct tined_context {
  std::string module;                                ///< its name
  std::string route;                                 ///< its path
  tined::shared::NamedCounters* counters = nullptr;  ///< null: counters count for nobody
  std::string refusal;                               ///< what `refuse` was told last
};

struct tined_settings {
  tined::config::Setting setting;
};

/// A request while a module has it.
struct tined_request {
  explicit tined_request(const tined::http::Request& asked) noexcept
      : request(asked), asker(asked.peer, asked.request_id) {}

  const tined::http::Request& request;
  const tined::backends::Asker asker;
};

struct tined_response {
  tined::backends::Draft& draft;
  tined::backends::Deferral* deferral = nullptr;  ///< where it may be deferred; null: nowhere
};

/// A message of a stream while a module has it.
struct tined_message {
  tined_message(const tined::stream::Message& received, tined::backends::Draft& to) noexcept
      : message(received), asker(received.peer), draft(to) {}

  const tined::stream::Message& message;
  const tined::backends::Asker asker;
  tined::backends::Draft& draft;
};

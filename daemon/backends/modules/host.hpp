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
#include "ledger/named_counters.hpp"

namespace tined::backends {

struct Deferral;

/// The one table, for all modules.
[[nodiscard]] const tined_host& Host() noexcept;

/// The module has made its answer: one line about what is wrong with it, if anything is; a body in
/// pieces is told whose it is.
void Conclude(const tined_context& context, const tined_request& request, Draft& draft) noexcept;

}  // namespace tined::backends

/// One use of a module in this process.
struct tined_context {
  std::string module;                                ///< its name
  std::string route;                                 ///< its path
  tined::ledger::NamedCounters* counters = nullptr;  ///< null: counters count for nobody
  std::string refusal;                               ///< what `refuse` was told last
};

struct tined_settings {
  tined::config::Setting setting;
};

/// A request while a module has it; the texts that are seldom wanted are made when they are.
struct tined_request {
  const tined::http::Request& request;
  mutable std::string peer_text{};
  mutable tined::ledger::RequestId id_digits{};

  [[nodiscard]] std::string_view peer() const;
  [[nodiscard]] std::string_view id() const;
};

struct tined_response {
  tined::backends::Draft& draft;
  tined::backends::Deferral* deferral = nullptr;  ///< where it may be deferred; null: nowhere
};

/// A message of a stream: a request that has a body and a peer, and nothing else.
struct tined_message {
  const tined_request& request;
  tined::backends::Draft& draft;
};

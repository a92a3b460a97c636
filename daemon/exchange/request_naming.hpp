// What a request is called wherever it leaves a trace (`request_id`): an id that a trusted proxy
// has given it, or one of its own; and, for what comes behind, the trace that it is part of (W3C
// Trace Context). Routes that have no use for ids name no requests. Worker's loop thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/model.hpp"
#include "http/request.hpp"

namespace tined::exchange {

/// Where names are kept, for as long as their request is good.
struct Names {
  std::string id;
  std::string trace;
  std::vector<http::Field> fields;
};

class RequestNaming {
 public:
  explicit RequestNaming(const config::RequestId& rule) : has_trace_(rule.trace) {}

  /// `is_trusted`: the peer's word on ids is believed. A request that has an id keeps it.
  void Name(http::Request& request, bool is_trusted, Names& names) const;

 private:
  static void GiveId(http::Request& request, bool is_trusted, Names& names);
  static void GiveTrace(http::Request& request, Names& names);

  bool has_trace_;
};

/// Whether that may be an id: 1 to 128 letters, digits and characters of -_.:+/=@~.
[[nodiscard]] bool IsRequestId(std::string_view text) noexcept;
/// Whether that is the value of a field traceparent, of this version of Trace Context or of one to
/// come.
[[nodiscard]] bool IsTraceParent(std::string_view text) noexcept;

}  // namespace tined::exchange

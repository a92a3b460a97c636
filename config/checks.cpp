// Checks across the keys of one section: each value is possible, together they are not.
#include <fmt/format.h>

#include "config/reader.hpp"

namespace tined::config {

void CheckSection(Restart& restart, const Findings& findings) {
  if (findings.has_problems() || restart.backoff <= restart.backoff_max) return;
  findings.Refuse(
      findings.Has("backoff_max") ? "backoff_max" : "backoff",
      fmt::format("`backoff` ({}) must not be longer than `backoff_max` ({})",
                  FormatDuration(restart.backoff), FormatDuration(restart.backoff_max)));
}

void CheckSection(Respond& respond, const Findings& findings) {
  const int status = respond.status;
  const bool is_bodiless = status == 204 || status == 205 || status == 304;
  if (findings.has_problems() || !is_bodiless || respond.body.empty()) return;
  findings.Refuse("body", fmt::format("an answer with status {} has no body", status));
}

void CheckSection(Route& route, const Findings& findings) {
  // What is only half right takes no part in comparisons with other routes.
  if (findings.has_problems()) route.path.clear();
}

void CheckSection(Listener& listener, const Findings& findings) {
  const bool is_unix = listener.address.kind == Address::Kind::unix_path;
  if (listener.mode && !is_unix && !listener.address.text.empty()) {
    findings.Refuse("mode", fmt::format("`mode` is for unix sockets, {} is none",
                                        Quoted(listener.address.text)));
  }
  if (is_unix && !listener.mode) listener.mode = kDefaultSocketMode;
  if (listener.stream && !listener.routes.empty()) {
    findings.Refuse("stream", "a listener has either `routes` (HTTP) or a `stream`, not both");
  }
}

void CheckSection(Config& config, const Findings& findings) {
  if (!config.group.empty() && config.user.empty() && !findings.has_problems()) {
    findings.Refuse("group", "`group` without `user` has no effect; name the user too");
  }
}

}  // namespace tined::config

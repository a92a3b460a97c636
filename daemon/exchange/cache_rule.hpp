// What caches are told of an answer that does not say itself how long it may be used (`cache`;
// RFC 9111, 5.2.2 and 5.3; RFC 8246). Made when a worker starts, then constant. Worker's loop
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "answer/answer.hpp"
#include "base/clock.hpp"
#include "config/model.hpp"
#include "http/request.hpp"

namespace tined::exchange {

class CacheRule {
 public:
  explicit CacheRule(const config::Cache& cache);

  /// `now`: what the answer's age is counted from.
  void Apply(const http::Request& request, answer::Answer& answer, WallTime now) const;

 private:
  struct Type {
    std::string name;  ///< "text/css", or "image/" for all of a kind
    std::chrono::seconds max_age{};
  };
  [[nodiscard]] std::optional<std::chrono::seconds> AgeFor(const answer::Answer& answer) const;
  [[nodiscard]] std::string Directives(std::optional<std::chrono::seconds> age) const;

  std::optional<std::chrono::seconds> max_age_;
  std::vector<Type> types_;
  std::string_view scope_;
  bool is_immutable_;
  bool is_stored_;
};

}  // namespace tined::exchange

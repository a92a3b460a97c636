// What becomes of the answers of a route on their way out, whatever made them and whatever protocol
// sends them. A route without any has none of these. Made when a worker starts, then constant.
// Worker's loop thread.
#pragma once

#include <memory>
#include <optional>

#include "answer/answer.hpp"
#include "base/clock.hpp"
#include "config/model.hpp"
#include "exchange/cache_rule.hpp"
#include "exchange/coded_files.hpp"
#include "exchange/compression.hpp"
#include "exchange/cross_origin.hpp"
#include "exchange/error_pages.hpp"
#include "exchange/field_changes.hpp"
#include "http/request.hpp"

namespace tined::exchange {

class AnswerFilters {
 public:
  /// `general`: the listener's, which counts where `own` says nothing. `files`: shared by the
  /// routes of a listener. Null: nothing is to be done. Throws when a page cannot be read.
  [[nodiscard]] static std::unique_ptr<AnswerFilters> Make(
      const config::AnswerRules& general, const config::AnswerRules& own,
      const std::shared_ptr<CodedFiles>& files);
  AnswerFilters(const config::AnswerRules& general, const config::AnswerRules& own,
                const std::shared_ptr<CodedFiles>& files);

  /// Whether that fact of a request is needed.
  [[nodiscard]] bool Uses(config::Fact fact) const {
    return changes_.Uses(fact) || pages_.Uses(fact);
  }
  /// An answer that is decided, before it is written.
  void Apply(const http::Request& request, answer::Answer& answer, WallTime now) const;
  /// Who answers preflights; null: the handler does.
  [[nodiscard]] const CrossOrigin* cross_origin() const noexcept {
    return cross_origin_ ? &*cross_origin_ : nullptr;
  }

 private:
  ErrorPages pages_;
  FieldChanges changes_;
  std::optional<CacheRule> cache_;
  std::optional<Compression> compression_;
  std::optional<CrossOrigin> cross_origin_;
};

}  // namespace tined::exchange

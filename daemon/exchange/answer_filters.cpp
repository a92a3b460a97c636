#include "exchange/answer_filters.hpp"

namespace tined::exchange {
namespace {

template <typename Section>
const Section* PointerTo(const std::optional<Section>& section) {
  return section ? &*section : nullptr;
}

}  // namespace

std::unique_ptr<AnswerFilters> AnswerFilters::Make(const config::AnswerRules& general,
                                                   const config::AnswerRules& own) {
  auto filters = std::make_unique<AnswerFilters>(general, own);
  const bool is_empty = filters->changes_.is_empty() && !filters->cache_ && !filters->cross_origin_;
  return is_empty ? nullptr : std::move(filters);
}

AnswerFilters::AnswerFilters(const config::AnswerRules& general, const config::AnswerRules& own)
    : changes_(PointerTo(general.headers), PointerTo(own.headers)) {
  const auto& cache = own.cache ? own.cache : general.cache;
  const auto& cors = own.cors ? own.cors : general.cors;
  if (cache) cache_.emplace(*cache);
  if (cors) cross_origin_.emplace(*cors);
}

void AnswerFilters::Apply(const http::Request& request, answer::Answer& answer,
                          WallTime now) const {
  if (cache_) cache_->Apply(request, answer, now);
  // A preflight has its answer already, which says all that there is to say.
  if (cross_origin_ && !IsPreflight(request)) cross_origin_->Apply(request, answer);
  // What an operator wrote down by name has the last word.
  changes_.Apply(request, answer);
}

}  // namespace tined::exchange

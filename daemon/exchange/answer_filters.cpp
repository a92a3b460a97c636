#include "exchange/answer_filters.hpp"

namespace tined::exchange {
namespace {

template <typename Section>
const Section* PointerTo(const std::optional<Section>& section) {
  return section ? &*section : nullptr;
}

}  // namespace

std::unique_ptr<AnswerFilters> AnswerFilters::Make(const config::AnswerRules& general,
                                                   const config::AnswerRules& own,
                                                   const std::shared_ptr<CodedFiles>& files) {
  auto filters = std::make_unique<AnswerFilters>(general, own, files);
  const bool is_empty = filters->pages_.is_empty() && filters->changes_.is_empty() &&
                        !filters->cache_ && !filters->compression_ && !filters->cross_origin_;
  return is_empty ? nullptr : std::move(filters);
}

AnswerFilters::AnswerFilters(const config::AnswerRules& general, const config::AnswerRules& own,
                             const std::shared_ptr<CodedFiles>& files)
    : pages_(PointerTo(general.errors), PointerTo(own.errors)),
      changes_(PointerTo(general.headers), PointerTo(own.headers)) {
  const auto& cache = own.cache ? own.cache : general.cache;
  const auto& compress = own.compress ? own.compress : general.compress;
  const auto& cors = own.cors ? own.cors : general.cors;
  if (cache) cache_.emplace(*cache);
  if (compress && !compress->codings.empty()) compression_.emplace(*compress, files);
  if (cors) cross_origin_.emplace(*cors);
}

void AnswerFilters::Apply(const http::Request& request, answer::Answer& answer,
                          WallTime now) const {
  pages_.Apply(request, answer);
  if (cache_) cache_->Apply(request, answer, now);
  // A preflight has its answer already, which says all that there is to say.
  if (cross_origin_ && !IsPreflight(request)) cross_origin_->Apply(request, answer);
  if (compression_) compression_->Apply(request, answer);
  // What an operator wrote down by name has the last word.
  changes_.Apply(request, answer);
}

}  // namespace tined::exchange

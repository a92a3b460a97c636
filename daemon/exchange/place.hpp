// What a request takes up as long as it is not answered, or not wholly: its place among those in
// flight. Worker's loop thread.
#pragma once

#include <memory>

#include "answer/exchange.hpp"

namespace tined::exchange {

/// Has what will answer the request keep `place`, and give it back at its own end. An answer that
/// is there already keeps nothing. Null: there is none to keep.
inline void KeepPlace(const std::shared_ptr<const void>& place,
                      answer::Exchange& exchange) noexcept {
  if (!place) return;
  if (exchange.later) exchange.later->Keep(place);
  if (exchange.redirection) exchange.redirection->place = place;
  auto* const source = std::get_if<answer::Source>(&exchange.answer.body);
  if (source != nullptr && source->pieces) source->pieces->Keep(place);
}

}  // namespace tined::exchange

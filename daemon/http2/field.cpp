#include "http2/field.hpp"

#include <algorithm>

namespace tined::http2 {

FieldList::FieldList(const Limits& limits) : limits_(limits), memory_(new char[2 * limits.size]) {
  fields_.reserve(limits.count);
}

std::string_view FieldList::Keep(std::string_view text) noexcept {
  char* const place = memory_.get() + used_;
  text.copy(place, text.size());
  used_ += text.size();
  return {place, text.size()};
}

void FieldList::Add(const Field& field) noexcept {
  size_ += SizeOf(field.name, field.value);
  is_beyond_ |= size_ > limits_.size || fields_.size() == limits_.count;
  if (is_beyond_) return;
  fields_.push_back({Keep(field.name), Keep(field.value), field.is_sensitive});
}

void FieldList::Join(std::string_view name, std::string_view separator) noexcept {
  const auto is_named = [name](const Field& field) { return field.name == name; };
  const auto first = std::find_if(fields_.begin(), fields_.end(), is_named);
  if (first == fields_.end()) return;
  if (std::find_if(first + 1, fields_.end(), is_named) == fields_.end()) return;
  // Values and separators are less than what the fields count for, so that they find room.
  const std::size_t begin = used_;
  Keep(first->value);
  for (auto field = first + 1; field != fields_.end(); ++field) {
    if (!is_named(*field)) continue;
    Keep(separator);
    Keep(field->value);
    first->is_sensitive |= field->is_sensitive;
  }
  first->value = {memory_.get() + begin, used_ - begin};
  fields_.erase(std::remove_if(first + 1, fields_.end(), is_named), fields_.end());
}

}  // namespace tined::http2

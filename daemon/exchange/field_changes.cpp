#include "exchange/field_changes.hpp"

#include <algorithm>

#include "exchange/request_facts.hpp"
#include "http/list.hpp"

namespace tined::exchange {

FieldChanges::FieldChanges(const config::Headers* general, const config::Headers* own) {
  if (general != nullptr) Add(*general);
  if (own == nullptr) return;
  for (const config::Setting& field : own->set.items) Forget(field.key);
  for (const config::Setting& field : own->add.items) Forget(field.key);
  for (const std::string& name : own->remove) Forget(name);
  Add(*own);
}

void FieldChanges::Forget(std::string_view name) {
  const auto is_it = [&](std::string_view other) { return http::EqualsIgnoreCase(other, name); };
  gone_.erase(std::remove_if(gone_.begin(), gone_.end(), is_it), gone_.end());
  added_.erase(std::remove_if(added_.begin(), added_.end(),
                              [&](const Field& field) { return is_it(field.name); }),
               added_.end());
}

void FieldChanges::Add(const config::Headers& headers) {
  gone_.insert(gone_.end(), headers.remove.begin(), headers.remove.end());
  for (const config::Setting& field : headers.set.items) Set(field);
  for (const config::Setting& field : headers.add.items) {
    if (field.kind != config::Setting::Kind::list) AddField(field);
    for (config::Setting item : field.items) {
      item.key = field.key;
      AddField(item);
    }
  }
}

void FieldChanges::Set(const config::Setting& field) {
  gone_.push_back(field.key);
  AddField(field);
}

void FieldChanges::AddField(const config::Setting& field) {
  added_.push_back({field.key, config::ParseVariableText(field.text).pieces});
}

bool FieldChanges::Uses(config::Fact fact) const {
  return std::any_of(added_.begin(), added_.end(),
                     [&](const Field& field) { return config::Has(field.value, fact); });
}

void FieldChanges::Apply(const http::Request& request, answer::Answer& answer) const {
  for (const std::string& name : gone_) answer.fields.Remove(name);
  for (const Field& field : added_) {
    answer.fields.Add(field.name, Expanded(field.value, request, answer.status));
  }
}

}  // namespace tined::exchange

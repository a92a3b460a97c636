// The fields that an operator sets, adds and removes (`headers`). Made when a worker starts, then
// constant. Worker's loop thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "answer/answer.hpp"
#include "config/model.hpp"
#include "config/variable_text.hpp"
#include "http/request.hpp"

namespace tined::exchange {

class FieldChanges {
 public:
  /// What is said of a name in `own` takes the place of all that `general` says of it. Either may
  /// be null.
  FieldChanges(const config::Headers* general, const config::Headers* own);

  [[nodiscard]] bool is_empty() const noexcept { return gone_.empty() && added_.empty(); }
  /// Whether that fact of a request is needed.
  [[nodiscard]] bool Uses(config::Fact fact) const;
  void Apply(const http::Request& request, answer::Answer& answer) const;

 private:
  struct Field {
    std::string name;
    std::vector<config::TextPiece> value;
  };
  void Add(const config::Headers& headers);
  void Set(const config::Setting& field);
  void AddField(const config::Setting& field);
  void Forget(std::string_view name);

  std::vector<std::string> gone_;  ///< names whose fields are removed, before any is added
  std::vector<Field> added_;
};

}  // namespace tined::exchange

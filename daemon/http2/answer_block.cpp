#include "http2/answer_block.hpp"

#include <algorithm>

#include "base/characters.hpp"
#include "http2/field_rules.hpp"

namespace tined::http2 {

void AnswerBlock::Begin(int status) {
  fields_.clear();
  texts_.clear();
  AddNumber(":status", static_cast<std::uint64_t>(status));
}

void AnswerBlock::AddNumber(std::string_view name, std::uint64_t value) {
  Add(name, Keep(std::to_string(value)));
}

void AnswerBlock::AddLines(std::string_view lines) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find("\r\n"), lines.size());
    AddLine(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 2, lines.size()));
  }
}

void AnswerBlock::AddLine(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == line.npos) return;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(), ToLower);
  const std::string_view value = WithoutBlanks(line.substr(colon + 1));
  if (IsConnectionSpecific(name)) return;
  // Clients would take the whole answer for malformed.
  if (!IsFieldName(name) || !IsFieldValue(value)) return;
  Add(Keep(std::move(name)), value);
}

}  // namespace tined::http2

#include "tinectl/answer.hpp"

#include <stdexcept>

namespace tined::tinectl {
namespace {

using nlohmann::json;

/// Printing an answer takes a call a level.
constexpr int kDeepest = 32;

[[noreturn]] void Refuse() {
  throw std::runtime_error(
      "what answers at the control socket makes no sense: is it a tined, and of this version? "
      "(--socket PATH)");
}

}  // namespace

json ReadAnswer(std::string_view line) {
  const auto bound = [](int depth, json::parse_event_t, const json& value) {
    if (depth > kDeepest) Refuse();
    // All numbers of an answer are whole; another kind may be beyond what an integer holds, and
    // there is no conversion then.
    if (value.is_number_float()) Refuse();
    return true;
  };
  json answer = json::parse(line, bound, /*allow_exceptions=*/false);
  if (!answer.is_object()) Refuse();
  const auto ok = answer.find("ok");
  if (ok == answer.end() || !ok->is_boolean()) Refuse();
  return answer;
}

bool IsOk(const json& answer) { return answer.at("ok").get<bool>(); }

std::vector<std::string> ErrorsOf(const json& answer) {
  std::vector<std::string> errors;
  const auto found = answer.find("errors");
  if (found != answer.end() && found->is_array()) {
    for (const json& error : *found) {
      if (error.is_string()) errors.push_back(error.get<std::string>());
    }
  }
  if (errors.empty()) errors.emplace_back("refused without a reason");
  return errors;
}

int DrainingIn(const json& answer) {
  const auto found = answer.find("draining");
  return found != answer.end() && found->is_number_integer() ? found->get<int>() : 0;
}

}  // namespace tined::tinectl

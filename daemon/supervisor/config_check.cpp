#include "supervisor/config_check.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "children/after_fork.hpp"

namespace tined::supervisor {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestOutput = 1U << 20;
/// Several modules may hang, each for as long as one may.
constexpr std::chrono::seconds kPatience{60};

/// The child's side. Its answer may be longer than a pipe takes in one go: it waits for its reader.
void Run(const std::function<ConfigCheck::Faults()>& check, int output) {
  ConfigCheck::Faults faults;
  try {
    children::AfterFork({{output}, "tined check"}, children::Identity());
    faults = check();
  } catch (const std::exception& error) {
    faults = {error.what()};
  }
  const std::string text = json(faults).dump(-1, ' ', false, json::error_handler_t::replace);
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = ::write(output, text.data() + at, text.size() - at);
    if (written <= 0) break;
    at += static_cast<std::size_t>(written);
  }
  ::_exit(0);
}

ConfigCheck::Faults FaultsIn(const std::string& output, const children::Death& death) {
  const json faults = json::parse(output, nullptr, /*allow_exceptions=*/false);
  const auto is_text = [](const json& each) { return each.is_string(); };
  if (!death.is_clean() || !faults.is_array() ||
      !std::all_of(faults.begin(), faults.end(), is_text)) {
    return {fmt::format("the check failed ({})", death.Text())};
  }
  return faults;
}

}  // namespace

ConfigCheck::ConfigCheck(loop::Loop& loop, children::Reaper& reaper, std::function<Faults()> check)
    : check_(std::move(check)),
      errand_(
          loop, reaper, {kLongestOutput, kPatience},
          [this](const std::string& output, const children::Death& death) {
            End(FaultsIn(output, death));
          },
          [this] { End({fmt::format("the check takes longer than {} s", kPatience.count())}); }) {}

void ConfigCheck::Ask(OnEnd on_end) {
  next_.push_back(std::move(on_end));
  if (!errand_.is_running()) Begin();
}

void ConfigCheck::Begin() {
  waiting_ = std::exchange(next_, {});
  try {
    errand_.Begin([this](int output) { Run(check_, output); });
  } catch (const std::system_error& error) {
    End({error.what()});
  }
}

void ConfigCheck::End(const Faults& faults) {
  for (const OnEnd& each : std::exchange(waiting_, {})) each(faults);
  if (!next_.empty() && !errand_.is_running()) Begin();
}

}  // namespace tined::supervisor

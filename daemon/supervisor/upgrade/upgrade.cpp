#include "supervisor/upgrade/upgrade.hpp"

#include <fmt/format.h>

#include <sstream>
#include <system_error>

#include "base/log.hpp"

namespace tined::supervisor {
namespace {

/// For the check, and again for the quiet moment.
constexpr std::chrono::seconds kCheckPatience{30};
constexpr Duration kRetry = std::chrono::milliseconds(5);
constexpr std::size_t kLongestVerdict = 16U << 10;
constexpr std::size_t kMostLines = 20;

}  // namespace

Upgrade::Upgrade(loop::Loop& loop, children::Reaper& reaper, const Image& image, Service service)
    : loop_(loop),
      image_(image),
      service_(std::move(service)),
      check_(
          loop, reaper, {kLongestVerdict, kCheckPatience},
          [this](const std::string& output, const children::Death& death) {
            OnChecked(output, death);
          },
          [this] {
            Refuse({fmt::format("{} --check takes longer than {} s", image_.path(),
                                kCheckPatience.count())});
          }) {}

void Upgrade::Begin() {
  step_ = Step::check;
  try {
    const Descriptor state = Write(service_.describe());
    check_.Begin([&](int output) { image_.Check(state.get(), output); });
  } catch (const std::system_error& error) {
    return Refuse({error.what()});
  }
  log::Info("upgrading: asking the program whether it can take over", {{"path", image_.path()}});
}

void Upgrade::Cancel() {
  step_ = Step::none;
  check_.Cancel();
  loop::Loop::Disarm(timeout_);
  loop::Loop::Disarm(retry_);
}

void Upgrade::OnChecked(const std::string& output, const children::Death& death) {
  if (!death.is_clean() || output.find(kCanTakeOver) == std::string::npos) {
    return Refuse(FaultsOf(output, death));
  }
  step_ = Step::quiet;
  loop_.Arm(timeout_, Clock::now() + kCheckPatience);
  TryToGo();
}

Upgrade::Faults Upgrade::FaultsOf(const std::string& output, const children::Death& death) const {
  Faults faults = {death.is_clean()
                       ? fmt::format("{} --check succeeds, but does not say that it can take over: "
                                     "it is no tined, or one that cannot",
                                     image_.path())
                       : fmt::format("{} --check fails ({})", image_.path(), death.Text())};
  std::istringstream lines(output);
  for (std::string line; faults.size() <= kMostLines && std::getline(lines, line);) {
    faults.push_back(line);
  }
  return faults;
}

void Upgrade::TryToGo() {
  if (!service_.obstacle().empty()) return loop_.Arm(retry_, Clock::now() + kRetry);
  Cancel();
  service_.on_go();
}

void Upgrade::Refuse(const Faults& faults) {
  Cancel();
  service_.on_refused(faults);
}

}  // namespace tined::supervisor

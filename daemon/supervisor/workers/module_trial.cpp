#include "supervisor/workers/module_trial.hpp"

#include <fmt/format.h>

#include <utility>

namespace tined::supervisor {
namespace {

/// A child that has more to say is not believed any longer.
constexpr std::size_t kMostProblems = 64;

}  // namespace

std::vector<std::string> StartFailure::Lines() const {
  std::vector<std::string> lines;
  for (const config::Problem& problem : problems) lines.push_back(config::Format(problem));
  return lines;
}

StartFailure FailureOf(std::string reason) { return {{{{}, std::move(reason)}}, false}; }

ModuleTrial::ModuleTrial(const config::Config& config) {
  for (const config::ModuleUse& use : config::ModulesOf(config)) {
    uses_.push_back({use.module->file, use.module->where});
  }
}

std::string ModuleTrial::TooLong() {
  return fmt::format("it took longer than {} s", kPatience / std::chrono::seconds(1));
}

void ModuleTrial::Begin() noexcept {
  current_ = nullptr;
  is_late_ = false;
  refused_ = {};
}

bool ModuleTrial::Note(const channels::Message& message) {
  const auto place = static_cast<std::size_t>(message.order.count);
  switch (message.order.kind) {
    case channels::MessageKind::configures:
    case channels::MessageKind::starts:
      current_ = place > 0 && place <= uses_.size() ? &uses_[place - 1] : nullptr;
      is_starting_ = message.order.kind == channels::MessageKind::starts;
      has_refused_ = false;
      return true;
    case channels::MessageKind::refuses:
      if (current_ == nullptr || refused_.problems.size() == kMostProblems) return true;
      refused_.problems.push_back({current_->where, message.text});
      refused_.is_configuration |= !is_starting_;
      has_refused_ = true;
      return true;
    default:
      return false;
  }
}

std::string ModuleTrial::name() const {
  return current_ == nullptr ? "" : "module " + current_->file;
}

StartFailure ModuleTrial::On(const children::Death& death) const {
  StartFailure verdict = refused_;
  // Between two modules there is none to blame.
  if (current_ == nullptr || has_refused_) return verdict;
  const std::string what =
      is_late_ ? TooLong() : fmt::format("it ended the process ({})", death.Text());
  verdict.problems.push_back({current_->where, fmt::format("{}: {}", name(), what)});
  verdict.is_configuration |= !is_starting_;
  return verdict;
}

}  // namespace tined::supervisor

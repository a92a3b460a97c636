#include "channels/module_report.hpp"

#include <algorithm>

namespace tined::channels {

void ModuleReport::Tell(MessageKind kind, const config::ModuleUse& use) const noexcept {
  const auto is_it = [&](const config::ModuleUse& other) { return other.module == use.module; };
  const auto place = std::find_if(uses_.begin(), uses_.end(), is_it) - uses_.begin();
  SendMessagePatiently(control_, {kind, static_cast<std::uint32_t>(place) + 1});
}

void ModuleReport::Configures(const config::ModuleUse& use) const noexcept {
  Tell(MessageKind::configures, use);
}

void ModuleReport::Starts(const config::ModuleUse& use) const noexcept {
  Tell(MessageKind::starts, use);
}

void ModuleReport::Refuses(std::string_view text) {
  if (first_refusal_.empty()) first_refusal_ = text;
  SendMessagePatiently(control_, {MessageKind::refuses}, text);
}

void ModuleReport::Ends() const noexcept {
  SendMessagePatiently(control_, {MessageKind::configures, 0});
}

}  // namespace tined::channels

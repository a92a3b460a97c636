#include "children/parentage.hpp"

#include <array>
#include <string_view>

#include "base/number.hpp"
#include "base/proc.hpp"

namespace tined::children {
namespace {

/// Takes " NUMBER" from the front.
bool TakeNext(std::string_view& text, int& number) noexcept {
  if (!text.starts_with(' ')) return false;
  text.remove_prefix(1);
  const std::optional<int> taken = TakeNumber<int>(text);
  number = taken.value_or(0);
  return taken.has_value();
}

}  // namespace

std::optional<Parentage> ParentageOf(pid_t pid) noexcept {
  std::array<char, 512> bytes{};
  std::string_view text = ReadProc(pid, "stat", bytes);
  // "pid (name) state parent group session …", and the name may have anything in it.
  text.remove_prefix(text.rfind(')') + 1);
  constexpr std::size_t kState = 2;
  if (text.size() < kState) return std::nullopt;
  text.remove_prefix(kState);
  Parentage found;
  const bool is_whole =
      TakeNext(text, found.parent) && TakeNext(text, found.group) && TakeNext(text, found.session);
  return is_whole ? std::optional(found) : std::nullopt;
}

}  // namespace tined::children

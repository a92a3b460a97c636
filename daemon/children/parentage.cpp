#include "children/parentage.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string_view>

#include "base/descriptor.hpp"

namespace tined::children {
namespace {

/// Takes " NUMBER" from the front.
bool TakeNumber(std::string_view& text, int& number) noexcept {
  if (!text.starts_with(' ')) return false;
  text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc();
}

}  // namespace

std::optional<Parentage> ParentageOf(pid_t pid) noexcept {
  std::array<char, 32> path{};
  *fmt::format_to_n(path.data(), path.size() - 1, "/proc/{}/stat", pid).out = '\0';
  const Descriptor file(::open(path.data(), O_RDONLY | O_CLOEXEC));
  std::array<char, 512> bytes{};
  const ssize_t got = file ? ::read(file.get(), bytes.data(), bytes.size()) : -1;
  if (got <= 0) return std::nullopt;
  // "pid (name) state parent group session …", and the name may have anything in it.
  std::string_view text(bytes.data(), static_cast<std::size_t>(got));
  text.remove_prefix(text.rfind(')') + 1);
  constexpr std::size_t kState = 2;
  if (text.size() < kState) return std::nullopt;
  text.remove_prefix(kState);
  Parentage found;
  const bool is_whole = TakeNumber(text, found.parent) && TakeNumber(text, found.group) &&
                        TakeNumber(text, found.session);
  return is_whole ? std::optional(found) : std::nullopt;
}

}  // namespace tined::children

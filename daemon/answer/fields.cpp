#include "answer/fields.hpp"

#include "http/list.hpp"

namespace tined::answer {
namespace {

/// Takes the first line, without its end, off the front.
std::string_view TakeLine(std::string_view& lines) noexcept {
  const std::size_t end = lines.find("\r\n");
  const std::string_view line = lines.substr(0, end);
  lines.remove_prefix(line.size() + 2);
  return line;
}

bool IsNamed(std::string_view line, std::string_view name) noexcept {
  return line.size() > name.size() && line[name.size()] == ':' &&
         http::EqualsIgnoreCase(line.substr(0, name.size()), name);
}

std::optional<std::string_view> FindIn(std::string_view lines, std::string_view name) noexcept {
  while (!lines.empty()) {
    const std::string_view line = TakeLine(lines);
    if (IsNamed(line, name)) return http::Trim(line.substr(name.size() + 1));
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> Fields::Find(std::string_view name) const noexcept {
  const std::optional<std::string_view> prepared = FindIn(prepared_, name);
  return prepared ? prepared : FindIn(added_, name);
}

void Fields::Remove(std::string_view name) {
  if (FindIn(prepared_, name)) {
    added_.insert(0, prepared_);
    prepared_ = {};
  }
  for (std::size_t at = 0; at < added_.size();) {
    std::string_view rest = std::string_view(added_).substr(at);
    const std::string_view line = TakeLine(rest);
    const std::size_t size = line.size() + 2;
    if (IsNamed(line, name)) {
      added_.erase(at, size);
    } else {
      at += size;
    }
  }
}

void Fields::Replace(std::string_view lines) {
  for (std::string_view rest = lines; !rest.empty();) {
    const std::string_view line = TakeLine(rest);
    Remove(line.substr(0, line.find(':')));
  }
  Append(lines);
}

}  // namespace tined::answer

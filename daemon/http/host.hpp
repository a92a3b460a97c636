// The Host field (RFC 9110, 7.2): uri-host [":" port]. Any thread.
#pragma once

#include <array>
#include <string_view>

namespace tined::http {

/// An IP literal, an IPv4 address or a registered name, with or without a port from 0 to 65535.
/// The empty value is valid as well: a client says so that its target has no authority.
[[nodiscard]] bool IsValidHost(std::string_view host) noexcept;

/// "[::1]" of "[::1]:80", "a.example" of "a.example:80".
[[nodiscard]] std::string_view HostWithoutPort(std::string_view host) noexcept;

/// A host as it is compared: in lower case, and without the dot at the end that says that a name is
/// absolute ("www.example.org." is "www.example.org").
class HostName {
 public:
  /// False for a name that is longer than the name system has them (RFC 1035, 2.3.4): it is
  /// nobody's.
  [[nodiscard]] bool Set(std::string_view host_without_port) noexcept;
  void Clear() noexcept { size_ = 0; }
  [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }

 private:
  static constexpr std::size_t kLongest = 255;
  std::array<char, kLongest> text_;
  std::size_t size_ = 0;
};

}  // namespace tined::http

// Values as bytes, one behind the other, as a session is saved; and taken off the front of bytes
// that may be anybody's. Pure, any thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace tined::http2 {

template <typename T>
void AppendValue(std::string& bytes, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}
/// Its length stands in front of a text.
inline constexpr std::size_t kTextOverhead = sizeof(std::uint32_t);
inline void AppendText(std::string& bytes, std::string_view text) {
  AppendValue(bytes, static_cast<std::uint32_t>(text.size()));
  bytes.append(text);
}

class SavedBytes {
 public:
  explicit SavedBytes(std::string_view bytes) noexcept : left_(bytes) {}

  /// Zeros, once there was less than was asked for.
  template <typename T>
  T Take() noexcept {
    T value{};
    const std::string_view bytes = TakeBytes(sizeof value);
    if (!has_failed_) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string_view TakeBytes(std::size_t size) noexcept {
    has_failed_ |= size > left_.size();
    if (has_failed_) return {};
    const std::string_view bytes = left_.substr(0, size);
    left_.remove_prefix(size);
    return bytes;
  }
  std::string_view TakeText() noexcept { return TakeBytes(Take<std::uint32_t>()); }

  [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }
  [[nodiscard]] bool is_empty() const noexcept { return left_.empty(); }

 private:
  std::string_view left_;
  bool has_failed_ = false;
};

}  // namespace tined::http2

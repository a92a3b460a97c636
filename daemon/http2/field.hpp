// The fields of one header block (RFC 9113, 8.2), with the memory that they lie in: what HPACK
// gives out is good for a moment only. One a worker, filled again for each block. Worker's loop
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace tined::http2 {

struct Field {
  std::string_view name;
  std::string_view value;
  bool is_sensitive = false;  ///< nobody on the way may keep it in a table (RFC 7541, 7.1.3)
};

/// What a field counts for, in HPACK's table and in a list of fields (RFC 9113, 6.5.2).
inline constexpr std::size_t kFieldOverhead = 32;
[[nodiscard]] inline std::size_t SizeOf(std::string_view name, std::string_view value) noexcept {
  return name.size() + value.size() + kFieldOverhead;
}

class FieldList {
 public:
  struct Limits {
    std::size_t size = std::size_t{16} << 10;  ///< of all fields, kFieldOverhead each included
    std::size_t count = 100;                   ///< fields, pseudo-fields included
  };
  explicit FieldList(const Limits& limits);

  void Clear() noexcept {
    used_ = size_ = 0;
    is_beyond_ = false;
    fields_.clear();
  }
  /// Adds a copy. Beyond the limits nothing is kept, only counted.
  void Add(const Field& field) noexcept;
  /// Joins the values with `separator` in place of all fields of that name but the first
  /// (RFC 9113, 8.2.3).
  void Join(std::string_view name, std::string_view separator) noexcept;

  /// Good until the next Clear, Add or Join.
  [[nodiscard]] std::span<const Field> fields() const noexcept { return fields_; }
  /// Bytes of all fields that were added, as Limits counts them, whether they were kept or not.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool is_too_large() const noexcept { return is_beyond_; }
  [[nodiscard]] const Limits& limits() const noexcept { return limits_; }

 private:
  std::string_view Keep(std::string_view text) noexcept;

  const Limits limits_;
  std::unique_ptr<char[]> memory_;  ///< twice the limit: joined values lie behind the others
  std::size_t used_ = 0;
  std::size_t size_ = 0;
  bool is_beyond_ = false;
  std::vector<Field> fields_;
};

}  // namespace tined::http2

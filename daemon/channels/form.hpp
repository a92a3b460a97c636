// The form of the memory and the messages that processes share, as one number made of the place and
// size of every field: two programs that agree on it read the same things in the same places.
// Computed by the compiler; a test pins it, so that a layout never changes unnoticed. Any process.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tined::channels {

/// A field of a shared struct.
struct Field {
  std::size_t offset = 0;
  std::size_t size = 0;
  std::size_t alignment = 1;
};
#define TINED_FIELD(type, name)                                             \
  ::tined::channels::Field {                                                \
    offsetof(type, name), sizeof(type::name), alignof(decltype(type::name)) \
  }

/// Whether the fields fill the struct but for padding: none was forgotten. In order of declaration.
template <std::size_t count>
constexpr bool Cover(const std::array<Field, count>& fields, std::size_t size,
                     std::size_t alignment) {
  const auto padded = [](std::size_t at, std::size_t to) { return (at + to - 1) / to * to; };
  std::size_t end = 0;
  for (const Field& field : fields) {
    if (padded(end, field.alignment) != field.offset) return false;
    end = field.offset + field.size;
  }
  return padded(end, alignment) == size;
}

/// FNV-1a over places and sizes. `hash`: what came before.
template <std::size_t count>
constexpr std::uint64_t Mix(std::uint64_t hash, const std::array<Field, count>& fields) {
  const auto mix = [&](std::size_t number) { hash = (hash ^ number) * 0x100000001b3; };
  mix(count);
  for (const Field& field : fields) {
    mix(field.offset);
    mix(field.size);
  }
  return hash;
}
inline constexpr std::uint64_t kNoForm = 0xcbf29ce484222325;
/// The form of all these structs, in that order.
template <typename... Fields>
constexpr std::uint64_t MixAll(const Fields&... structs) {
  std::uint64_t hash = kNoForm;
  ((hash = Mix(hash, structs)), ...);
  return hash;
}

/// The form of a ledger (scoreboard, inbox, records, tags of the arena) and of an executor board.
[[nodiscard]] std::uint64_t LedgerForm() noexcept;
/// The form of a message that carries a connection (handoff_message.cpp).
[[nodiscard]] std::uint64_t HandoffForm() noexcept;

}  // namespace tined::channels

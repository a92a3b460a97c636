// Durations and sizes as an operator writes them: `100ms 10s 5m 1h`, `512 16KiB 1MiB 1GiB`. One
// whole number and one unit, so that no value can be read in two ways. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace tined::config {

/// What a text says, or a hint at what its writer may have meant (may be empty).
template <typename T>
struct Reading {
  std::optional<T> value;
  std::string hint;
};

/// A number without a unit is refused, 0 excepted: nobody knows which unit was meant.
Reading<Duration> ParseDuration(std::string_view text);
/// Writes a duration in the largest unit that divides it: "90s", "5m".
std::string FormatDuration(Duration duration);

/// A number without a unit is bytes. KB, K and their like are refused: they mean 1000 to some.
Reading<Bytes> ParseSize(std::string_view text);
/// Writes a size in the largest unit that divides it: "16KiB", "1000".
std::string FormatSize(Bytes size);

}  // namespace tined::config

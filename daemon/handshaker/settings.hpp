// Makes of a listener's configuration and its open files the settings of its handshakes.
// Handshaker.
#pragma once

#include <optional>
#include <string>

#include "handshake/settings.hpp"
#include "handshaker/start.hpp"

namespace tined::handshaker {

/// The most bytes of a file.
inline constexpr std::size_t kLargestFile = 1U << 20;

/// The bytes of an open file, from its beginning, wherever others have got in it. Throws
/// handshake::Refused; `name` is for messages alone. -1: a file without bytes.
[[nodiscard]] handshake::File ReadFile(const std::string& name, int descriptor);

/// Throws handshake::Refused with all files that cannot be read. What is secret in there is the
/// caller's to wipe.
[[nodiscard]] handshake::Settings SettingsOf(const Listener& listener);
/// How the keys of its tickets are rotated; nothing when it has none, or those of a file.
[[nodiscard]] std::optional<handshake::TicketSettings> RotationOf(const Listener& listener);
/// Overwrites keys.
void Wipe(handshake::Settings& settings) noexcept;

}  // namespace tined::handshaker

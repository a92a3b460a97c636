// Who goes on with a connection that may be in two places: the worker that gave it away has died,
// and the parcel may be on its way or not. A claim is a socket with one byte to read, made by the
// giver; it goes along with the parcel. Whoever gets the byte owns the connection, nobody else ever
// does. It is the kernel's to decide, so that no process has to be believed. Any process.
#pragma once

#include "base/descriptor.hpp"

namespace tined::channels {

/// A new one, close-on-exec. Empty: errno says why.
[[nodiscard]] Descriptor MakeClaim() noexcept;

/// Whether the connection is the caller's from now on. Never waits, whatever `claim` is: one that
/// is no claim is never won.
[[nodiscard]] bool WinClaim(int claim) noexcept;

}  // namespace tined::channels

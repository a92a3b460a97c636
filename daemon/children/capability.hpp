// What root may do, which a container can take away from it (capabilities(7)). Any process.
#pragma once

namespace tined::children {

/// Whether this process has it in effect; true where the kernel does not tell.
[[nodiscard]] bool HasCapability(unsigned capability) noexcept;

}  // namespace tined::children

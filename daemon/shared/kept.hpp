// What the next image of the supervisor goes on counting in: the memory of a table and the key by
// which things are known there, as an upgrade in place carries them. Supervisor.
#pragma once

#include <fcntl.h>

#include <cstdint>
#include <utility>

#include "base/descriptor.hpp"
#include "base/digest.hpp"

namespace tined::shared {

struct Kept {
  int file = -1;           ///< of the memory, inherited; -1: there is none, counting begins anew
  std::uint64_t form = 0;  ///< of what is in there
  std::uint64_t first_key = 0;
  std::uint64_t second_key = 0;

  /// The memory, the caller's own from now on; none when it is of another form.
  [[nodiscard]] Descriptor Take(std::uint64_t wanted) const noexcept {
    if (file < 0) return {};
    ::fcntl(file, F_SETFD, FD_CLOEXEC);
    Descriptor own(file);
    return form == wanted ? std::move(own) : Descriptor();
  }
  /// The key that goes with it.
  [[nodiscard]] DigestKey KeyFor(std::uint64_t wanted) const {
    return file >= 0 && form == wanted ? DigestKey{first_key, second_key} : DigestKey::Random();
  }
};

}  // namespace tined::shared

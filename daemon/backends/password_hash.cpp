#include "backends/password_hash.hpp"

#include <crypt.h>
#include <string.h>

#include <memory>
#include <new>
#include <string_view>

namespace tined::backends {
namespace {

struct Wipe {
  void operator()(crypt_data* data) const noexcept {
    ::explicit_bzero(data, sizeof *data);
    delete data;
  }
};

bool AreEqual(std::string_view one, std::string_view other) noexcept {
  if (one.size() != other.size()) return false;
  unsigned differing = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    differing |= static_cast<unsigned char>(one[i]) ^ static_cast<unsigned char>(other[i]);
  }
  return differing == 0;
}

}  // namespace

bool IsPasswordOf(const std::string& hash, const std::string& password) noexcept {
  const std::unique_ptr<crypt_data, Wipe> data(new (std::nothrow) crypt_data());
  // Without memory nobody is let in.
  if (!data) return false;
  const char* const made = ::crypt_r(password.c_str(), hash.c_str(), data.get());
  return made != nullptr && AreEqual(made, hash);
}

}  // namespace tined::backends

#include "children/start_document.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "base/error.hpp"
#include "base/version.hpp"

namespace tined::children {
namespace {

using nlohmann::json;

std::vector<std::uint8_t> ReadAll(int memory) {
  constexpr const char* kWhat = "read what the supervisor has written";
  struct stat status {};
  Check(::fstat(memory, &status), kWhat);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(status.st_size));
  const ssize_t got = ::pread(memory, bytes.data(), bytes.size(), 0);
  if (got != status.st_size) ThrowErrno(kWhat);
  return bytes;
}

}  // namespace

std::string FormOf(std::uint64_t layout) { return fmt::format("{} {:016x}", kVersion, layout); }

Descriptor WriteDocument(json document, const std::string& form) {
  document["form"] = form;
  // Not as text: paths and values are bytes, of whatever encoding.
  const std::vector<std::uint8_t> bytes = json::to_cbor(document);
  constexpr const char* kWhat = "write what a program begins with";
  Descriptor memory(Check(::memfd_create("tined-start", MFD_CLOEXEC | MFD_ALLOW_SEALING), kWhat));
  if (::write(memory.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    ThrowErrno(kWhat);
  }
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  Check(::fcntl(memory.get(), F_ADD_SEALS, kSeals), kWhat);
  return memory;
}

json ReadDocument(int memory, const std::string& form, const std::string& program) {
  json document = json::from_cbor(ReadAll(memory));
  const auto found = document.at("form").get<std::string>();
  if (found == form) return document;
  throw std::runtime_error(
      fmt::format("tined and {} are of two versions: {} and {}", program, found, form));
}

json Pack(const Identity& identity) {
  return json::array({identity.is_other, identity.user, identity.group, identity.groups});
}

Identity UnpackIdentity(const json& packed) {
  return {packed.at(0).get<bool>(), packed.at(1).get<uid_t>(), packed.at(2).get<gid_t>(),
          packed.at(3).get<std::vector<gid_t>>()};
}

}  // namespace tined::children

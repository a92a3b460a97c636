#include "backends/modules/library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <link.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "base/characters.hpp"
#include "base/log.hpp"
#include "base/proc.hpp"

namespace tined::backends {
namespace {

/// The table of version 1.0: no module has a smaller one.
constexpr std::size_t kSmallestTable = offsetof(tined_module, destroy) + sizeof(void*);
/// What no table will ever be: the size is not a size.
constexpr std::size_t kLargestTable = 4096;

/// What dlerror says, less the file's name in front.
std::string LoaderError(const std::string& file) {
  const char* const text = ::dlerror();
  std::string error = text == nullptr ? "unknown error" : text;
  if (error.starts_with(file + ": ")) error.erase(0, file.size() + 2);
  return error;
}

/// A library that was loaded from a copy has the name of its file all the same, for debuggers, and
/// for itself (dladdr).
void Rename(void* library, const std::string& file) {
  link_map* map = nullptr;
  if (::dlinfo(library, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr) return;
  // Never unloaded, never freed: all uses of one copy have one name.
  if (std::string_view(map->l_name).starts_with("/proc/")) map->l_name = ::strdup(file.c_str());
}

/// Loads the copy, or, where that cannot be, the file.
void* Open(const std::string& file, int image) {
  if (image >= 0) {
    void* const copy = ::dlopen(DescriptorPath(image).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (copy != nullptr) {
      Rename(copy, file);
      return copy;
    }
  }
  const std::string error = image >= 0 ? LoaderError(file) : std::string();
  void* const library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error("cannot be loaded: " + LoaderError(file));
  if (image >= 0) {
    log::Warning(
        "a module is loaded from its file, as it cannot be from a copy: do not write over the file "
        "while it serves",
        {{"module", file}, {"error", error}});
  }
  return library;
}

void CheckVersion(const tined_module& module) {
  if (module.abi_major == TINED_ABI_MAJOR && module.abi_minor <= TINED_ABI_MINOR) return;
  throw std::runtime_error(
      fmt::format("it was built for module interface {}.{}, this tined has {}.{}: {}",
                  module.abi_major, module.abi_minor, TINED_ABI_MAJOR, TINED_ABI_MINOR,
                  module.abi_major < TINED_ABI_MAJOR
                      ? "build it again with this version's headers"
                      : "upgrade tined, or build it again with this version's headers"));
}

void CheckTable(const tined_module& module) {
  if (module.answer == nullptr && module.receive == nullptr) {
    throw std::runtime_error("its table has neither `answer` nor `receive`");
  }
  const std::string_view name = module.name == nullptr ? "" : module.name;
  const auto is_good = [](char c) { return IsLower(c) || IsDigit(c) || c == '_' || c == '-'; };
  if (name.empty() || name.size() > 31 || !std::all_of(name.begin(), name.end(), is_good)) {
    throw std::runtime_error("its name is not 1 to 31 characters of a-z 0-9 _ -");
  }
}

}  // namespace

tined_module LoadModule(const std::string& file, int image) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) throw std::runtime_error("it is a directory");
  void* const library = Open(file, image);
  const auto entry =
      reinterpret_cast<decltype(&tined_module_entry)>(::dlsym(library, "tined_module_entry"));
  if (entry == nullptr) {
    throw std::runtime_error("it is not a module: it has no function `tined_module_entry`");
  }
  const tined_module* const exported = entry();
  if (exported == nullptr) throw std::runtime_error("`tined_module_entry` returned nothing");
  CheckVersion(*exported);
  if (exported->size < kSmallestTable || exported->size > kLargestTable) {
    throw std::runtime_error(fmt::format("its table's size ({}) makes no sense", exported->size));
  }
  tined_module module{};
  std::memcpy(&module, exported, std::min(exported->size, sizeof module));
  CheckTable(module);
  return module;
}

}  // namespace tined::backends

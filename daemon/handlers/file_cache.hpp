// Files that were asked for lately, ready to be sent: bounded in number, memory and descriptors;
// the least recently used leave first. It neither opens nor checks files: its users do. Worker's
// loop thread; one a worker, shared by its static routes.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "handlers/resource.hpp"

namespace tined::handlers {

class FileCache {
 public:
  struct Limits {
    std::size_t entries = 1024;
    std::size_t contents = 16U << 20;  ///< bytes
    std::size_t descriptors = 256;
  };
  /// `owner` keeps routes with different roots or settings apart.
  struct Key {
    std::uint32_t owner = 0;
    std::string_view path;
    bool operator==(const Key&) const = default;
  };

  FileCache() : FileCache(Limits{}) {}
  explicit FileCache(const Limits& limits);
  FileCache(const FileCache&) = delete;
  FileCache& operator=(const FileCache&) = delete;

  /// A number for Key::owner that nobody else has.
  [[nodiscard]] std::uint32_t NewOwner() noexcept { return next_owner_++; }

  /// The resource kept under `key`, now the most recently used, or nullptr. Good until the next
  /// Keep or Drop. Allocates nothing.
  [[nodiscard]] Resource* Find(const Key& key) noexcept;
  /// Keeps `resource` in place of what `key` had. The path is copied.
  Resource& Keep(const Key& key, Resource resource);
  /// Forgets what `key` has, if anything.
  void Drop(const Key& key) noexcept;

  [[nodiscard]] std::size_t entries() const noexcept { return entries_.size(); }
  [[nodiscard]] std::size_t contents() const noexcept { return contents_; }
  [[nodiscard]] std::size_t descriptors() const noexcept { return descriptors_; }

 private:
  struct Entry {
    std::uint32_t owner;
    std::string path;
    Resource resource;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<std::string_view>{}(key.path) + key.owner;
    }
  };
  using Entries = std::list<Entry>;

  [[nodiscard]] bool IsOverLimit() const noexcept;
  void Remove(Entries::iterator entry) noexcept;

  const Limits limits_;
  std::uint32_t next_owner_ = 0;
  Entries entries_;  ///< most recently used first
  std::unordered_map<Key, Entries::iterator, Hash>
      index_;  ///< its keys' paths are the entries' own
  std::size_t contents_ = 0;
  std::size_t descriptors_ = 0;
};

}  // namespace tined::handlers

// Files as they have been compressed, for the next client that asks for one. Bounded: those that
// were not asked for the longest give way. Worker's loop thread.
#pragma once

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "answer/body.hpp"
#include "config/model.hpp"
#include "http/encoding.hpp"

namespace tined::exchange {

class CodedFiles {
 public:
  /// `room`: bytes that are kept at the most.
  explicit CodedFiles(std::size_t room = std::size_t{8} << 20) : room_(room) {}
  CodedFiles(const CodedFiles&) = delete;
  CodedFiles& operator=(const CodedFiles&) = delete;

  /// All of a file, compressed; empty: it could not be read now without waiting where it must not
  /// be waited for, or not be compressed. `tag`: its entity tag, by which it is known again; empty:
  /// it is not kept.
  [[nodiscard]] std::string Get(const answer::FileSlice& file, std::string_view tag,
                                http::Coding coding, config::Compress::Effort effort);

  /// All of a file whose contents are in memory, compressed; empty: it could not be. `tag`: its
  /// entity tag, by which it is known again; empty: it is not kept.
  [[nodiscard]] std::string Get(std::string_view contents, std::string_view tag,
                                http::Coding coding, config::Compress::Effort effort);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  struct Entry {
    std::string key;
    std::string bytes;
  };
  template <typename Contents>
  [[nodiscard]] std::string Find(std::string_view tag, http::Coding coding,
                                 config::Compress::Effort effort, Contents contents);
  void Keep(std::string key, const std::string& bytes);

  std::size_t room_;
  std::size_t size_ = 0;
  std::list<Entry> entries_;  ///< the one asked for last stands first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
};

}  // namespace tined::exchange

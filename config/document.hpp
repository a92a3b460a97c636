// A YAML file as a tree that remembers where everything was written. Only what a configuration
// needs: maps with plain keys, lists, scalars as text, anchors
// and aliases. Bounded in size, depth and growth by aliases, so that no file can hurt the reader.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"

namespace tined::config {

struct Mark {
  int line = 0;    ///< from 1
  int column = 0;  ///< from 1, in bytes
};

struct Node {
  enum class Kind { null, scalar, list, map };
  Kind kind = Kind::null;
  Mark where;
  std::string text;        ///< a scalar's
  bool is_quoted = false;  ///< a scalar: text, whatever it looks like
  std::string key;         ///< in a map: what this node is the value of
  Mark key_where;
  std::vector<Node> children;  ///< a list's, or a map's in the order written

  /// The value of `wanted`, nullptr when this map has no such key.
  [[nodiscard]] const Node* Find(std::string_view wanted) const;
};

inline constexpr std::size_t kLargestFile = std::size_t{1} << 20;

/// The document in `text`, read from `file`. Syntax errors and doubled keys are added to
/// `problems`; what could be read is returned all the same (null when nothing could).
Node ParseDocument(std::string_view text, const std::string& file, std::vector<Problem>& problems);

/// Reads the document in `file`. An unreadable or oversized file is a problem as well.
Node ReadDocument(const std::string& file, std::vector<Problem>& problems);

}  // namespace tined::config

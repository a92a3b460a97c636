// Text of a configuration with facts of a request in it: `$host` and its like, each a dollar sign
// and a name; `$$` is a dollar sign, so is one that no letter follows. (Before that, in a file,
// `$$` and `${NAME}` are the environment's, environment.hpp.) Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tined::config {

/// What of a request, or of its answer, a variable stands for.
enum class Fact : std::uint8_t {
  client,       ///< the client's address, without port
  host,         ///< what was asked for, lower case, without port
  method,       ///< as sent
  path,         ///< as sent, without query
  query,        ///< as sent, without the question mark
  request_id,   ///< what the request is called in logs
  scheme,       ///< http or https
  status,       ///< of the answer
  tls_version,  ///< empty: the connection has none
};

/// Text, then what stands for a fact, if there is one behind it.
struct TextPiece {
  std::string text;
  std::optional<Fact> fact;
};

/// The pieces of `text`, or in `unknown` the variable that there is none of.
struct VariableText {
  std::vector<TextPiece> pieces;
  std::string unknown;
};

[[nodiscard]] VariableText ParseVariableText(std::string_view text);
/// The pieces of a page, which may have dollar signs of its own: what is no variable stays as it
/// is, `$$` too.
[[nodiscard]] std::vector<TextPiece> ParsePage(std::string_view text);

/// Whether that fact is in it.
[[nodiscard]] bool Has(const std::vector<TextPiece>& pieces, Fact fact);

/// "$client, $host, ...", for messages.
[[nodiscard]] std::string AllVariables();

}  // namespace tined::config

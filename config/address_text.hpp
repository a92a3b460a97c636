// Addresses of a configuration with parts of a request's in them: where a redirect leads (`to`),
// which path a handler sees (`rewrite`). Each part is a dollar sign and a name, or the number of a
// group of the route's regular expression. (Before that, in a file, `$$` and `${NAME}` are the
// environment's.) Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tined::config {

/// What of a request's address a variable stands for.
enum class AddressPart : std::uint8_t {
  group,   ///< what a group of the route's `match` has found in the path
  host,    ///< lower case, without port
  path,    ///< all of it, without query
  query,   ///< without its question mark; with none, the `?` or `&` in front of it goes as well
  rest,    ///< of the path: what follows the route's own
  scheme,  ///< http or https
};

/// Text, then what stands for a part, if there is one behind it.
struct AddressPiece {
  std::string text;
  std::optional<AddressPart> part;
  int group = 0;  ///< which one
};

struct AddressText {
  std::vector<AddressPiece> pieces;
  int groups = 0;     ///< the highest that it has
  std::string fault;  ///< what is wrong; empty: nothing
};

[[nodiscard]] AddressText ParseAddressText(std::string_view text);

/// Whether it has parts of a request in it.
[[nodiscard]] bool HasParts(const AddressText& address) noexcept;

/// What keeps `address` from being one that a client is led to; empty: nothing. No part but the
/// host may become part of the host: whoever asks would say where to.
[[nodiscard]] std::string LocationFault(const AddressText& address);

/// What keeps `address` from being a path (and perhaps a query) that a handler is shown; empty:
/// nothing.
[[nodiscard]] std::string RewriteFault(const AddressText& address);

}  // namespace tined::config

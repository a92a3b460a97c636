// The header that a program's output begins with (CGI/1.1, RFC 3875, 6): found, read strictly, and
// turned into the header of an answer. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tined::http {

struct CgiHeader {
  int status = 200;  ///< 200 to 599
  /// Ready field lines, each ended by CRLF, framing and hop-by-hop fields left out.
  std::string lines;
  std::optional<std::uint64_t> content_length;  ///< as the program declares it
  /// A path, perhaps with a query, that is to be answered in place of this (RFC 3875, 6.2.2);
  /// empty: none.
  std::string local_redirect;
};

/// The size of the header at the front of `output`, its empty line included; 0: it is not there
/// whole. In the first `known` bytes no end was found before.
[[nodiscard]] std::size_t CgiHeaderSize(std::string_view output, std::size_t known) noexcept;

/// Whose output it is. That of a program may be anything: only Content-Type, Status or Location
/// makes it a header. FastCGI says what is output, and PHP may leave all three out.
enum class Cgi { program, fastcgi };

struct CgiHeaderReading {
  std::optional<CgiHeader> header;
  std::string fault;  ///< without a header: "line 2: the field has no colon"
};
/// Reads a whole header. Lines end with LF or CRLF. Nothing that could be taken for anything else
/// further on is let through: control characters, folded lines, names that are no tokens, doubled
/// CGI fields, Transfer-Encoding.
[[nodiscard]] CgiHeaderReading ReadCgiHeader(std::string_view text, Cgi kind = Cgi::program);

}  // namespace tined::http

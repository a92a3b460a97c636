// The header that a program prints, arbitrary bytes. The first byte says in what pieces it arrives.
// What holds for every input:
// - its end is where it is, however the bytes were cut;
// - what goes on to the client are whole field lines, and none of those that are the server's own;
// - a path that is answered in its place can be asked for.
#include <algorithm>
#include <cstdint>
#include <string>

#include "http/cgi_header.hpp"
#include "http/field_lines.hpp"
#include "http/target.hpp"
#include "tests/fuzz/input.hpp"

namespace tined::http {
namespace {

using fuzz::Alone;
using fuzz::Require;

/// As much as has arrived when the end is found, 0 when it never is.
std::size_t SizeInPieces(std::string_view output, std::size_t step) {
  std::size_t known = 0;
  while (known < output.size()) {
    const std::size_t arrived = std::min(output.size(), known + step);
    const Alone piece(output.substr(0, arrived));
    if (const std::size_t size = CgiHeaderSize(piece.view(), known); size != 0) return size;
    known = arrived;
  }
  return 0;
}

void CheckHeader(const CgiHeader& header) {
  Require(header.status >= 200 && header.status <= 599, "a status is final");
  Require(AreFieldLines(header.lines), "lines are whole, and none is the server's own");
  if (header.local_redirect.empty()) return;
  Require(header.local_redirect.starts_with('/') && !header.local_redirect.starts_with("//"),
          "a local redirect is a path of this server");
  Target target;
  std::string scratch;
  Require(ParseTarget(Method::get, header.local_redirect, target, scratch), "it can be asked for");
}

void Check(std::string_view output, std::size_t step) {
  const std::size_t size = CgiHeaderSize(output, 0);
  Require(size <= output.size(), "a header is inside its output");
  Require(SizeInPieces(output, step) == size, "a header has one end");
  if (size == 0) return;
  const Alone text(output.substr(0, size));
  Require(text.view().ends_with('\n'), "a header ends with a line");
  const CgiHeaderReading reading = ReadCgiHeader(text.view());
  Require(reading.header.has_value() == reading.fault.empty(), "a header or a fault");
  if (reading.header) CheckHeader(*reading.header);
}

}  // namespace
}  // namespace tined::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const tined::fuzz::Alone output({reinterpret_cast<const char*>(data) + 1, size - 1});
  tined::http::Check(output.view(), 1U + data[0] % 32);
  return 0;
}

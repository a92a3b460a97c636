// What a server behind tined answers in HTTP/1.1, arbitrary bytes. The first byte says in what
// pieces it arrives, the second for what it is an answer. What holds for every input:
// - it is understood alike however the bytes were cut;
// - what goes on to the client are whole field lines, and none of those that are the server's own;
// - a body is as long as was said.
#include <algorithm>
#include <cstdint>
#include <string>

#include "backends/upstreams/http_answer.hpp"
#include "http/field_lines.hpp"
#include "tests/fuzz/answer_pieces.hpp"
#include "tests/fuzz/input.hpp"

namespace tined::backends {
namespace {

using fuzz::Require;
using fuzz::Understood;
using State = AnswerReader::State;

Understood Read(std::string_view sent, std::size_t step, std::size_t room_size, unsigned kind) {
  HttpAnswer answer((kind & 1U) != 0, (kind & 2U) != 0);
  return fuzz::ReadInPieces(answer, sent, step, room_size, (kind & 4U) != 0);
}

void Check(std::string_view sent, std::size_t step, unsigned kind) {
  const Understood whole = Read(sent, std::max<std::size_t>(sent.size(), 1), 4096, kind);
  const Understood cut = Read(sent, step, step, kind);
  // What is broken may not be seen before more of it has come.
  const bool is_complete = whole.state == State::complete;
  Require((cut.state == State::complete) == is_complete, "it is complete however it was cut");
  if (!is_complete) return;
  Require(cut.head.lines == whole.head.lines && cut.keeps == whole.keeps, "it has one meaning");
  Require(cut.body == whole.body, "it has one body");
  Require(whole.head.status >= 200 && whole.head.status <= 599, "a status is final");
  Require(http::AreFieldLines(whole.head.lines), "lines are whole, and none is the server's own");
  if (!whole.body.empty() && whole.head.length) {
    Require(*whole.head.length == whole.body.size(), "a body is as long as was said");
  }
}

}  // namespace
}  // namespace tined::backends

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const tined::fuzz::Alone sent({reinterpret_cast<const char*>(data) + 2, size - 2});
  tined::backends::Check(sent.view(), 1U + data[0] % 32, data[1]);
  return 0;
}

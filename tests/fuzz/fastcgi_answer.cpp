// What a server behind tined answers in FastCGI, arbitrary bytes. The first byte says in what
// pieces it arrives, the second for what it is an answer. What holds for every input: it is
// understood alike however the bytes were cut, and only whole field lines go on to the client.
#include <cstdint>
#include <string>

#include "backends/upstreams/fastcgi_answer.hpp"
#include "http/field_lines.hpp"
#include "tests/fuzz/answer_pieces.hpp"
#include "tests/fuzz/input.hpp"

namespace tined::backends {
namespace {

using fuzz::Require;
using fuzz::Understood;
using State = AnswerReader::State;

Understood Read(std::string_view sent, std::size_t step, std::size_t room_size, unsigned kind) {
  FastCgiAnswer answer({(kind & 1U) != 0, false}, [](std::string_view) {});
  return fuzz::ReadInPieces(answer, sent, step, room_size, (kind & 4U) != 0);
}

void Check(std::string_view sent, std::size_t step, unsigned kind) {
  const Understood whole = Read(sent, sent.size() + 1, 4096, kind);
  const Understood cut = Read(sent, step, step, kind);
  Require(cut.state == whole.state, "it has one meaning");
  if (whole.state != State::body && whole.state != State::complete) return;
  Require(cut.head.lines == whole.head.lines && cut.body == whole.body, "it has one body");
  Require(http::AreFieldLines(whole.head.lines), "lines are whole, and none is the server's own");
}

}  // namespace
}  // namespace tined::backends

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const tined::fuzz::Alone sent({reinterpret_cast<const char*>(data) + 2, size - 2});
  tined::backends::Check(sent.view(), 1U + data[0] % 32, data[1]);
  return 0;
}

// A stream that speaks first and remembers who it is talking to: a name, then lines.
//
//   - {name: dialogue, address: "127.0.0.1:7008", stream: {module: {file: dialogue.so}}}
//
// What a connection remembers goes with it: into another worker at a reload or after a crash, and
// into whichever executor has its next message (`run: process`).
#include <charconv>
#include <tined/module.hpp>

namespace {

class Dialogue {
 public:
  tined::Reply Open(const tined::Message&) const { return {"Hello. Who are you?\n"}; }

  tined::Reply Receive(const tined::Message& message) const {
    const std::string_view bytes = message.bytes();
    const std::size_t end = bytes.find('\n');
    if (end == bytes.npos) return tined::Reply::Incomplete();
    const std::string line(bytes.substr(0, end));
    const std::size_t used = end + 1;
    if (line == "bye") return {"Goodbye.\n", /*closes=*/true, used};
    // What it remembers: how many lines there were, a space, the name.
    const std::string_view state = message.state();
    if (state.empty()) return {"Welcome, " + line + ".\n", false, used, "0 " + line};
    const std::size_t space = state.find(' ');
    int count = 0;
    std::from_chars(state.data(), state.data() + space, count);
    const std::string name(state.substr(space + 1));
    const std::string number = std::to_string(count + 1);
    return {name + ", line " + number + ": " + line + "\n", false, used, number + " " + name};
  }
};

}  // namespace

TINED_MODULE(Dialogue, "dialogue")

// Gives a reader of a server's answer its bytes in pieces.
#pragma once

#include <string>
#include <string_view>

#include "backends/upstreams/answer_reader.hpp"
#include "tests/fuzz/input.hpp"

namespace tined::fuzz {

/// What has been understood of an answer.
struct Understood {
  using State = backends::AnswerReader::State;
  State state = State::head;
  backends::AnswerReader::Head head;
  std::string body;
  bool keeps = false;
};

/// `step` bytes arrive at a time, and are taken into rooms of `room_size`. `ends`: the server
/// closes behind them.
inline Understood ReadInPieces(backends::AnswerReader& answer, std::string_view sent,
                               std::size_t step, std::size_t room_size, bool ends) {
  using State = Understood::State;
  std::string room(room_size, '\0');
  Understood result;
  std::string known;
  for (std::size_t at = 0; at < sent.size(); at += step) {
    known.append(sent.substr(at, step));
    while (!known.empty() && (answer.state() == State::head || answer.state() == State::body)) {
      const Alone input(known);
      const auto [taken, body] = answer.Take(input.view(), room);
      Require(taken <= known.size() && body <= room.size(), "nothing is taken twice");
      known.erase(0, taken);
      result.body.append(room, 0, body);
      if (taken == 0 && body == 0) break;
    }
  }
  if (ends) answer.OnEnd();
  result.state = answer.state();
  Require((result.state == State::broken) == !answer.fault().empty(), "what is broken says why");
  if (result.state == State::body || result.state == State::complete) result.head = answer.head();
  result.keeps = result.state == State::complete && answer.keeps_connection();
  return result;
}

}  // namespace tined::fuzz

// Has the requests of streams answered, several of one connection at once, and writes the headers
// of answers (RFC 9113, 8.1). What follows those is left to the sender. Worker's loop thread; one a
// worker.
#pragma once

#include <string>

#include "config/model.hpp"
#include "exchange/exchanges.hpp"
#include "http2/answer_block.hpp"
#include "http2/error_code.hpp"
#include "protocol/http2/committer.hpp"
#include "protocol/http2/request_maker.hpp"
#include "protocol/http2/sender.hpp"
#include "protocol/http2/session.hpp"

namespace tined::http2 {

class Dispatcher {
 public:
  /// All are borrowed.
  Dispatcher(const config::Limits& limits, const exchange::Exchanges& exchanges,
             backends::FileReader& files, Committer& committer, Sender& sender)
      : exchanges_(exchanges),
        files_(files),
        committer_(committer),
        sender_(sender),
        maker_(limits) {}

  /// A stream has opened with that head. `stream.is_request_whole` says whether content follows.
  void Open(Turn& turn, LiveStream& stream, const RequestHead& head);
  /// A stream has opened with fields beyond all limits.
  void RefuseFields(Turn& turn, LiveStream& stream);
  /// Its content does not come, or too slowly.
  void RefuseSlow(Turn& turn, LiveStream& stream);
  /// More content of the stream has come, or the end of it.
  void OnContent(Turn& turn, LiveStream& stream);
  /// Goes on with the streams of a session that was another process's, where `fate` is what became
  /// of that.
  void TakeOver(Turn& turn, ledger::Fate fate);
  /// Goes on with those whose answers are there by now.
  void GoOn(Turn& turn);
  /// Nobody waits for the answer any more. False: its handler is still at work, and the stream
  /// counts until it has ended.
  [[nodiscard]] bool Drop(LiveStream& stream) const noexcept;

 private:
  void TakeOver(Turn& turn, LiveStream& stream, ledger::Fate fate);
  [[nodiscard]] bool MustBeKnown(const Turn& turn, const LiveStream& stream,
                                 const http::Request& request) const noexcept;
  static void Keep(LiveStream& stream, const http::Request& request);
  void Answer(Turn& turn, LiveStream& stream, const http::Request& request);
  void AnswerKept(Turn& turn, LiveStream& stream);
  void Wait(Turn& turn, LiveStream& stream, const http::Request& request, const RequestHead& head);
  void Settle(Turn& turn, LiveStream& stream, const http::Request& request,
              answer::Exchange& exchange);
  [[nodiscard]] bool Redirect(Turn& turn, LiveStream& stream, const http::Request& request,
                              answer::Redirection wish);
  void Complete(Turn& turn, LiveStream& stream);
  void Refuse(Turn& turn, LiveStream& stream, const http::Request& request, int status);
  void Write(Turn& turn, LiveStream& stream, const http::Request& request, answer::Answer& answer);
  void GoOnWith(LiveStream& stream, answer::Answer& answer);
  void GoOnWithRest(LiveStream& stream);
  void SetOut(Turn& turn, LiveStream& stream, const http::Request& request, answer::Answer& answer,
              std::optional<std::uint64_t> length);
  static void GiveUp(Turn& turn, LiveStream& stream);
  void WriteBlock(Turn& turn, std::uint32_t stream, bool ends_stream);
  [[nodiscard]] exchange::RecordRef ReferenceTo(const Turn& turn, LiveStream& stream,
                                                const http::Request& request);

  const exchange::Exchanges& exchanges_;
  backends::FileReader& files_;
  Committer& committer_;
  Sender& sender_;
  RequestMaker maker_;
  AnswerBlock block_;
  std::string encoded_;
  exchange::Known known_;  ///< of the request that was made
  std::string line_;       ///< the request line of what is being answered, as HTTP/1 would have it
};

}  // namespace tined::http2

// The fleeting half of a connection, beside its record: what owns the memory and the file
// behind the record's numbers, and what is remembered only to save work. Another process can do
// without: it starts with none of this. Worker's loop thread; owned by the connection.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "answer/pending.hpp"
#include "backends/files/file_reader.hpp"
#include "http/chunked_body.hpp"
#include "http/header_scan.hpp"
#include "http/owned_request.hpp"
#include "http/parser.hpp"
#include "ledger/arena.hpp"
#include "ledger/parcel.hpp"
#include "stream/reply.hpp"
#include "worker/body_pump.hpp"

namespace tined::worker {

struct Conversation {
  ledger::Record* record = nullptr;
  std::uint32_t number = 0;       ///< index of the record
  std::uint32_t header_size = 0;  ///< with is_reading_body: its bytes
  ledger::Block input;            ///< behind record->input_place
  ledger::Block output;           ///< behind record->output_place
  ledger::Block parts;            ///< behind record->parts_place
  ledger::Block state;            ///< behind record->state()
  answer::FileHandle file;        ///< behind record->file
  /// The piece of the file that is sent next, while the disk is waited for.
  std::shared_ptr<backends::FileRead> read;

  /// What answers the request or the message at the front, while it is being made: one of these.
  std::shared_ptr<answer::Pending> pending;
  std::shared_ptr<stream::Pending> pending_reply;
  [[nodiscard]] answer::Later* later() const noexcept {
    return pending ? static_cast<answer::Later*>(pending.get()) : pending_reply.get();
  }
  /// The request at the front, if its handler has put the answer off or wishes another to be
  /// answered in its place (answer::Redirection): as it was understood, so that it is not parsed
  /// again.
  struct Delayed {
    Delayed(const http::Request& of, const http::ParseResult& result, std::size_t size)
        : request(of), parsed(result), message_size(size) {}
    const http::OwnedRequest request;  ///< without its body
    const http::ParseResult parsed;
    const std::size_t message_size;        ///< in the input, its body included
    std::string target;                    ///< what is answered in its place
    std::string path;                      ///< of that target, where it had to be decoded
    std::optional<http::Request> handled;  ///< that request; views into this object
    int redirects = 0;                     ///< how often there has been such a wish
  };
  std::unique_ptr<Delayed> delayed;
  /// The body of the answer at the output's end, until all of it is there. As long as it lives the
  /// record says that the connection closes: another process could not go on with it.
  std::unique_ptr<BodyPump> body;

  /// The body at the front of the input while it is incomplete and chunked.
  std::unique_ptr<http::ChunkedBody> chunked;
  /// The input's size below which there is nothing new to find in it.
  std::uint32_t wanted = 0;
  /// How far the header at the front has been looked at while it is incomplete.
  http::HeaderScan scan;
  /// The header at the front is complete, its body is not.
  bool is_reading_body = false;
  /// What happened to the request at the front in another worker.
  ledger::Fate fate = ledger::Fate::untouched;
  /// The message that `pending_reply` is for is that the connection has been opened.
  bool is_opening = false;
  /// The body broke off and the client cannot tell: it must not be closed in good order.
  bool is_cut = false;
};

/// Puts pieces of `file` among the output that is about to be committed. False: no memory for the
/// list of them.
[[nodiscard]] bool AttachFile(ledger::Arena& arena, Conversation& conversation,
                              const answer::FileHandle& file,
                              const std::vector<ledger::FilePart>& parts) noexcept;

}  // namespace tined::worker

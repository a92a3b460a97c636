// The fleeting half of an HTTP connection, beside its record: what owns the memory and the file
// behind the record's numbers, and what is remembered only to save work. Another process can do
// without: it starts with none of this. Worker's loop thread; owned by the connection.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "http/chunked_body.hpp"
#include "http/reply.hpp"
#include "ledger/arena.hpp"
#include "ledger/parcel.hpp"

namespace tined::worker {

struct Conversation {
  ledger::Record* record = nullptr;
  std::uint32_t number = 0;  ///< index of the record
  ledger::Block input;       ///< behind record->input_place
  ledger::Block output;      ///< behind record->output_place
  ledger::Block parts;       ///< behind record->parts_place
  http::FileHandle file;     ///< behind record->file

  /// The body at the front of the input while it is incomplete and chunked.
  std::unique_ptr<http::ChunkedBody> chunked;
  /// What happened to the request at the front in another worker.
  ledger::Fate fate = ledger::Fate::untouched;
  /// The input's size below which there is nothing new to find in it.
  std::uint64_t wanted = 0;
  /// The header at the front is complete, its body is not.
  bool is_reading_body = false;
  /// The client said itself that it sends nothing more: no need to linger.
  bool client_closes = false;
};

/// Puts pieces of `file` among the output that is about to be committed. False: no memory for the
/// list of them.
[[nodiscard]] bool AttachFile(ledger::Arena& arena, Conversation& conversation,
                              const http::FileHandle& file,
                              const std::vector<ledger::FilePart>& parts) noexcept;

}  // namespace tined::worker

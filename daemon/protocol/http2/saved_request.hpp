// A request as bytes, by which another process has it answered. Whoever reads them trusts nobody:
// a module may have scribbled over them, so they are judged as what a client has sent. Worker's
// loop thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "http/owned_request.hpp"
#include "http2/field.hpp"
#include "protocol/http2/saved_bytes.hpp"

namespace tined::http2 {

/// Bytes that SaveRequest appends.
[[nodiscard]] std::size_t SavedSizeOf(const http::Request& request) noexcept;
/// Appends the request without its body.
void SaveRequest(const http::Request& request, std::string& bytes);

/// What is told of a request beside its bytes, and has to be true of them.
struct SavedFacts {
  std::uint32_t field_count = 0;
  std::optional<std::uint64_t> content_length;
};
/// Makes requests of what was saved, all of one session.
class RequestReader {
 public:
  RequestReader();

  /// Takes one off the front of `bytes`. Null: what is there is none that a client can have sent.
  [[nodiscard]] std::unique_ptr<http::OwnedRequest> Read(SavedBytes& bytes,
                                                         const SavedFacts& facts);

 private:
  FieldList fields_;
};

}  // namespace tined::http2

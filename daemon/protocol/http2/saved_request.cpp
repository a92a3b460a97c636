#include "protocol/http2/saved_request.hpp"

#include <vector>

#include "exchange/request_naming.hpp"
#include "http/host.hpp"
#include "http/method.hpp"
#include "http/target.hpp"
#include "http2/request_head.hpp"
#include "ledger/record.hpp"

namespace tined::http2 {
namespace {

/// Beside the fields of a request there are its pseudo-fields.
constexpr std::size_t kPseudo = 4;
/// A saved field takes no less.
constexpr std::size_t kMostFields = ledger::kLargestState / (2 * kTextOverhead);

constexpr FieldList::Limits kLimits{
    .size = ledger::kLargestState + (kMostFields + kPseudo) * (kFieldOverhead + kTextOverhead),
    .count = kMostFields + kPseudo};

bool IsId(std::string_view text) noexcept { return text.empty() || exchange::IsRequestId(text); }

}  // namespace

std::size_t SavedSizeOf(const http::Request& request) noexcept {
  std::size_t size = 4 * kTextOverhead + request.method_text.size() + request.target.size() +
                     request.host.size() + request.request_id.size();
  for (const http::Field& field : request.fields) {
    size += 2 * kTextOverhead + field.name.size() + field.value.size();
  }
  return size;
}

void SaveRequest(const http::Request& request, std::string& bytes) {
  AppendText(bytes, request.method_text);
  AppendText(bytes, request.target);
  AppendText(bytes, request.host);
  AppendText(bytes, request.request_id);
  for (const http::Field& field : request.fields) {
    AppendText(bytes, field.name);
    AppendText(bytes, field.value);
  }
}

RequestReader::RequestReader() : fields_(kLimits) {}

std::unique_ptr<http::OwnedRequest> RequestReader::Read(SavedBytes& bytes,
                                                        const SavedFacts& facts) {
  if (facts.field_count > kMostFields) return nullptr;
  fields_.Clear();
  fields_.Add({":method", bytes.TakeText()});
  fields_.Add({":scheme", "http"});
  fields_.Add({":path", bytes.TakeText()});
  fields_.Add({":authority", bytes.TakeText()});
  http::Request request;
  request.major_version = 2;
  request.request_id = bytes.TakeText();
  for (std::uint32_t i = 0; i < facts.field_count && !bytes.has_failed(); ++i) {
    const std::string_view name = bytes.TakeText();
    fields_.Add({name, bytes.TakeText()});
  }
  if (bytes.has_failed() || fields_.is_too_large()) return nullptr;
  const Reading reading = ReadRequest(fields_, /*ends_stream=*/false);
  const RequestHead& head = reading.head;
  if (reading.malformed != nullptr || head.content_length != facts.content_length ||
      !http::IsValidHost(head.authority) || !IsId(request.request_id)) {
    return nullptr;
  }
  request.method_text = head.method;
  request.method = http::MethodOf(head.method);
  request.target = head.path;
  request.host = head.authority;
  http::Target target;
  std::string path;
  if (!http::ParseTarget(request.method, request.target, target, path)) return nullptr;
  request.path = target.path;
  request.raw_path = target.raw_path;
  request.has_encoded_slash = target.has_encoded_slash;
  request.query = target.query;
  request.has_query = target.has_query;
  std::vector<http::Field> fields;
  fields.reserve(head.fields.size());
  for (const Field& field : head.fields) {
    fields.push_back({boost::beast::http::string_to_field({field.name.data(), field.name.size()}),
                      field.name, field.value});
  }
  request.fields = fields;
  return std::make_unique<http::OwnedRequest>(request);
}

}  // namespace tined::http2

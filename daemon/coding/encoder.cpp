#include "coding/encoder.hpp"

#include "coding/brotli.hpp"
#include "coding/gzip.hpp"
#include "coding/zstandard.hpp"

namespace tined::coding {

std::unique_ptr<Encoder> MakeEncoder(http::Coding coding, config::Compress::Effort effort) {
  switch (coding) {
    case http::Coding::gzip:
      return MakeGzip(effort);
    case http::Coding::br:
      return MakeBrotli(effort);
    case http::Coding::zstd:
      return MakeZstandard(effort);
    case http::Coding::identity:
      break;
  }
  return nullptr;
}

std::string Encoded(http::Coding coding, config::Compress::Effort effort, std::string_view bytes) {
  const std::unique_ptr<Encoder> encoder = MakeEncoder(coding, effort);
  std::string out;
  if (encoder == nullptr || !encoder->Add(bytes, Encoder::Flush::end, out)) return {};
  return out;
}

}  // namespace tined::coding

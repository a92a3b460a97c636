#include "coding/gzip.hpp"

#include <zlib.h>

#include <array>

namespace tined::coding {
namespace {

constexpr int kGzipWindowBits = 15;
constexpr int kAsGzip = 16;  ///< added to the window's: a gzip header in place of zlib's
constexpr int kMemoryLevel = 8;
constexpr std::size_t kGzipStep = 16U << 10;

int GzipLevel(config::Compress::Effort effort) {
  switch (effort) {
    case config::Compress::Effort::fast:
      return 1;
    case config::Compress::Effort::balanced:
      return 5;
    case config::Compress::Effort::small:
      return 9;
  }
  return Z_DEFAULT_COMPRESSION;
}

class Gzip final : public Encoder {
 public:
  ~Gzip() override {
    if (is_there_) ::deflateEnd(&stream_);
  }

  [[nodiscard]] bool Begin(config::Compress::Effort effort) {
    is_there_ = ::deflateInit2(&stream_, GzipLevel(effort), Z_DEFLATED, kGzipWindowBits + kAsGzip,
                               kMemoryLevel, Z_DEFAULT_STRATEGY) == Z_OK;
    return is_there_;
  }

  [[nodiscard]] bool Add(std::string_view bytes, Flush flush, std::string& out) override {
    std::array<Bytef, kGzipStep> room;
    // zlib has no const in front of what it only reads.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = room.data();
      stream_.avail_out = static_cast<uInt>(room.size());
      const int result = ::deflate(&stream_, flush == Flush::end ? Z_FINISH : Z_SYNC_FLUSH);
      if (result == Z_STREAM_ERROR) return false;
      out.append(reinterpret_cast<const char*>(room.data()), room.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
    return stream_.avail_in == 0;
  }

 private:
  z_stream stream_{};
  bool is_there_ = false;
};

}  // namespace

std::unique_ptr<Encoder> MakeGzip(config::Compress::Effort effort) {
  auto encoder = std::make_unique<Gzip>();
  return encoder->Begin(effort) ? std::move(encoder) : nullptr;
}

}  // namespace tined::coding

#include "coding/zstandard.hpp"

#include <zstd.h>

#include <array>

namespace tined::coding {
namespace {

/// 2^17 bytes of what came before are searched: more of them would be more memory, here and for the
/// receiver.
constexpr int kZstandardWindowBits = 17;
constexpr std::size_t kZstandardStep = 16U << 10;

int ZstandardLevel(config::Compress::Effort effort) {
  switch (effort) {
    case config::Compress::Effort::fast:
      return 1;
    case config::Compress::Effort::balanced:
      return 3;
    case config::Compress::Effort::small:
      return 9;
  }
  return ZSTD_CLEVEL_DEFAULT;
}

class Zstandard final : public Encoder {
 public:
  explicit Zstandard(ZSTD_CCtx* context) noexcept : context_(context) {}
  ~Zstandard() override { ::ZSTD_freeCCtx(context_); }

  [[nodiscard]] bool Add(std::string_view bytes, Flush flush, std::string& out) override {
    std::array<char, kZstandardStep> room;
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    std::size_t left = 0;
    do {
      ZSTD_outBuffer made{room.data(), room.size(), 0};
      left = ::ZSTD_compressStream2(context_, &made, &in,
                                    flush == Flush::end ? ZSTD_e_end : ZSTD_e_flush);
      if (::ZSTD_isError(left) != 0) return false;
      out.append(room.data(), made.pos);
    } while (left > 0 || in.pos < in.size);
    return true;
  }

 private:
  ZSTD_CCtx* context_;
};

}  // namespace

std::unique_ptr<Encoder> MakeZstandard(config::Compress::Effort effort) {
  ZSTD_CCtx* const context = ::ZSTD_createCCtx();
  if (context == nullptr) return nullptr;
  auto encoder = std::make_unique<Zstandard>(context);
  ::ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, ZstandardLevel(effort));
  ::ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, kZstandardWindowBits);
  return encoder;
}

}  // namespace tined::coding

#include "coding/brotli.hpp"

#include <brotli/encode.h>

namespace tined::coding {
namespace {

/// 2^17 bytes of what came before are searched: more of them would be more memory.
constexpr std::uint32_t kBrotliWindowBits = 17;

std::uint32_t BrotliQuality(config::Compress::Effort effort) {
  switch (effort) {
    case config::Compress::Effort::fast:
      return 1;
    case config::Compress::Effort::balanced:
      return 4;
    case config::Compress::Effort::small:
      return 8;
  }
  return 4;
}

class Brotli final : public Encoder {
 public:
  explicit Brotli(BrotliEncoderState* state) noexcept : state_(state) {}
  ~Brotli() override { ::BrotliEncoderDestroyInstance(state_); }

  [[nodiscard]] bool Add(std::string_view bytes, Flush flush, std::string& out) override {
    const auto* next = reinterpret_cast<const std::uint8_t*>(bytes.data());
    std::size_t left = bytes.size();
    const auto operation = flush == Flush::end ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH;
    do {
      std::size_t no_room = 0;
      if (::BrotliEncoderCompressStream(state_, operation, &left, &next, &no_room, nullptr,
                                        nullptr) == BROTLI_FALSE) {
        return false;
      }
      std::size_t size = 0;  // as much as there is
      const std::uint8_t* const made = ::BrotliEncoderTakeOutput(state_, &size);
      out.append(reinterpret_cast<const char*>(made), size);
    } while (left > 0 || ::BrotliEncoderHasMoreOutput(state_) == BROTLI_TRUE);
    return true;
  }

 private:
  BrotliEncoderState* state_;
};

}  // namespace

std::unique_ptr<Encoder> MakeBrotli(config::Compress::Effort effort) {
  BrotliEncoderState* const state = ::BrotliEncoderCreateInstance(nullptr, nullptr, nullptr);
  if (state == nullptr) return nullptr;
  auto encoder = std::make_unique<Brotli>(state);
  ::BrotliEncoderSetParameter(state, BROTLI_PARAM_QUALITY, BrotliQuality(effort));
  ::BrotliEncoderSetParameter(state, BROTLI_PARAM_LGWIN, kBrotliWindowBits);
  return encoder;
}

}  // namespace tined::coding

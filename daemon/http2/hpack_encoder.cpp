#include "http2/hpack_encoder.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <new>
#include <vector>

namespace tined::http2 {
namespace {

/// nghttp2 writes through neither pointer.
std::uint8_t* BytesOf(std::string_view text) noexcept {
  return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));  // NOLINT
}

nghttp2_nv ViewOf(const Field& field) noexcept {
  const int flags = field.is_sensitive ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
  return {BytesOf(field.name), BytesOf(field.value), field.name.size(), field.value.size(),
          static_cast<std::uint8_t>(flags)};
}

}  // namespace

void HpackEncoder::Delete::operator()(nghttp2_hd_deflater* deflater) const noexcept {
  nghttp2_hd_deflate_del(deflater);
}

HpackEncoder::HpackEncoder(Place place, std::uint32_t client_table_size) noexcept {
  nghttp2_hd_deflater* deflater = nullptr;
  if (nghttp2_hd_deflate_new(&deflater, kDefaultTableSize) != 0) return;
  deflater_.reset(deflater);
  if (place == Place::successor && nghttp2_hd_deflate_change_table_size(deflater, 0) != 0) {
    deflater_.reset();
    return;
  }
  if (place == Place::successor || client_table_size < kDefaultTableSize) {
    // When this fails the encoder is gone, and whoever uses it is told.
    static_cast<void>(SetClientTableSize(client_table_size));
  }
}

bool HpackEncoder::SetClientTableSize(std::uint32_t size) noexcept {
  // A larger table would take memory for each connection, and save next to nothing.
  const std::uint32_t common = std::min(size, kDefaultTableSize);
  if (nghttp2_hd_deflate_change_table_size(deflater_.get(), common) != 0) deflater_.reset();
  return deflater_ != nullptr;
}

bool HpackEncoder::Encode(std::span<const Field> fields, std::string& block) noexcept {
  const std::size_t before = block.size();
  try {
    std::vector<nghttp2_nv> views;
    views.reserve(fields.size());
    for (const Field& field : fields) views.push_back(ViewOf(field));
    block.resize(before + nghttp2_hd_deflate_bound(deflater_.get(), views.data(), views.size()));
    const ssize_t size = nghttp2_hd_deflate_hd(
        deflater_.get(), reinterpret_cast<std::uint8_t*>(block.data() + before),
        block.size() - before, views.data(), views.size());
    block.resize(before + static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return size >= 0;
  } catch (const std::bad_alloc&) {
    block.resize(before);
    return false;
  }
}

}  // namespace tined::http2

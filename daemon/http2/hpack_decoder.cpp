#include "http2/hpack_decoder.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <new>

#include "http2/frame.hpp"
#include "http2/hpack_integer.hpp"

namespace tined::http2 {
namespace {

/// The entries of the static table come first (RFC 7541, 2.3.3).
constexpr std::size_t kFirstEntry = 62;
/// Sizes of name and value, two bytes each, stand in front of an entry's bytes in a copy.
constexpr std::size_t kEntryHeaderSize = 4;

std::string_view View(const std::uint8_t* bytes, std::size_t size) noexcept {
  return {reinterpret_cast<const char*>(bytes), size};
}

nghttp2_hd_inflater* MakeInflater() noexcept {
  nghttp2_hd_inflater* inflater = nullptr;
  return nghttp2_hd_inflate_new(&inflater) == 0 ? inflater : nullptr;
}

std::size_t AddTo(std::span<char> room, std::size_t at, std::string_view bytes) noexcept {
  return at + bytes.copy(room.data() + at, bytes.size());
}
std::size_t AddTo(std::span<char> room, std::size_t at, std::size_t number) noexcept {
  const auto bytes = BytesOf(static_cast<std::uint32_t>(number));
  return AddTo(room, at, {bytes.data(), bytes.size()});
}

}  // namespace

void HpackDecoder::Delete::operator()(nghttp2_hd_inflater* inflater) const noexcept {
  nghttp2_hd_inflate_del(inflater);
}

HpackDecoder::HpackDecoder() noexcept : inflater_(MakeInflater()) {}

HpackDecoder::HpackDecoder(std::string_view copy) noexcept : inflater_(MakeInflater()) {
  if (inflater_ && !Restore(copy)) inflater_.reset();
}

HpackDecoder::Outcome HpackDecoder::Decode(std::span<const std::string_view> fragments,
                                           FieldList& fields) noexcept {
  fields.Clear();
  if (fragments.size() == 1) return DecodeWhole(fragments.front(), fields);
  try {
    std::string whole;
    for (const std::string_view fragment : fragments) whole += fragment;
    return DecodeWhole(whole, fields);
  } catch (const std::bad_alloc&) {
    return Outcome::broken;
  }
}

HpackDecoder::Outcome HpackDecoder::DecodeWhole(std::string_view block,
                                                FieldList& fields) noexcept {
  has_changed_ = ChangesTable(block);
  for (;;) {
    nghttp2_nv field;
    int flags = 0;
    const ssize_t used = nghttp2_hd_inflate_hd2(inflater_.get(), &field, &flags,
                                                reinterpret_cast<const std::uint8_t*>(block.data()),
                                                block.size(), /*in_final=*/1);
    if (used < 0) return Outcome::broken;
    block.remove_prefix(static_cast<std::size_t>(used));
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
      fields.Add({View(field.name, field.namelen), View(field.value, field.valuelen),
                  (field.flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0});
      if (fields.size() > kFloodFactor * fields.limits().size) return Outcome::flood;
    }
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
  }
  nghttp2_hd_inflate_end_headers(inflater_.get());
  return fields.is_too_large() ? Outcome::too_large : Outcome::fields;
}

std::size_t HpackDecoder::Save(std::span<char> room) const noexcept {
  nghttp2_hd_inflater* const inflater = inflater_.get();
  std::size_t size = AddTo(room, 0, nghttp2_hd_inflate_get_max_dynamic_table_size(inflater));
  const std::size_t end = nghttp2_hd_inflate_get_num_table_entries(inflater) + 1;
  // The newest entry has the lowest index; a copy begins with the oldest.
  for (std::size_t index = end; index-- > kFirstEntry;) {
    const nghttp2_nv& entry = *nghttp2_hd_inflate_get_table_entry(inflater, index);
    size = AddTo(room, size, entry.namelen << 16 | entry.valuelen);
    size = AddTo(room, size, View(entry.name, entry.namelen));
    size = AddTo(room, size, View(entry.value, entry.valuelen));
  }
  return size;
}

/// Has the decoder read one block that leads to such a table: its size, then each entry.
bool HpackDecoder::Restore(std::string_view copy) {
  if (copy.size() < kTableHeaderSize || copy.size() > kLargestTableCopy) return false;
  const std::size_t limit = ReadNumber(copy);
  if (limit > kDefaultTableSize) return false;
  copy.remove_prefix(kTableHeaderSize);
  std::string block;
  AppendInteger(block, kSizeUpdate, 5, limit);
  std::size_t total = 0;
  while (!copy.empty()) {
    if (copy.size() < kEntryHeaderSize) return false;
    const std::size_t sizes = ReadNumber(copy);
    copy.remove_prefix(kEntryHeaderSize);
    const std::size_t name_size = sizes >> 16;
    const std::size_t value_size = sizes & 0xffff;
    if (name_size + value_size > copy.size()) return false;
    total += name_size + value_size + kFieldOverhead;
    block += static_cast<char>(kWithIndexing);
    AppendString(block, copy.substr(0, name_size));
    AppendString(block, copy.substr(name_size, value_size));
    copy.remove_prefix(name_size + value_size);
  }
  FieldList none({.size = kDefaultTableSize, .count = 0});
  return total <= limit && DecodeWhole(block, none) != Outcome::broken;
}

}  // namespace tined::http2

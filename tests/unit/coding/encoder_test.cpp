// Each coding, decoded by the library that it comes from, or by zlib.
#include "coding/encoder.hpp"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <random>

namespace tined::coding {
namespace {

using config::Compress;
using http::Coding;

/// What a receiver has of it so far.
std::string Gunzipped(std::string_view bytes) {
  z_stream stream{};
  BOOST_REQUIRE(::inflateInit2(&stream, 15 + 16) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  std::array<char, 4096> room;
  int result = Z_OK;
  while (result == Z_OK && (stream.avail_in > 0 || stream.avail_out == 0)) {
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = room.size();
    result = ::inflate(&stream, Z_SYNC_FLUSH);
    BOOST_REQUIRE((result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR));
    out.append(room.data(), room.size() - stream.avail_out);
  }
  ::inflateEnd(&stream);
  return out;
}

std::string Unbrotlied(std::string_view bytes) {
  BrotliDecoderState* const state = ::BrotliDecoderCreateInstance(nullptr, nullptr, nullptr);
  const auto* next = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::size_t left = bytes.size();
  std::string out;
  do {
    std::array<std::uint8_t, 4096> room;
    std::uint8_t* to = room.data();
    std::size_t free = room.size();
    BOOST_REQUIRE(::BrotliDecoderDecompressStream(state, &left, &next, &free, &to, nullptr) !=
                  BROTLI_DECODER_RESULT_ERROR);
    out.append(reinterpret_cast<char*>(room.data()), room.size() - free);
  } while (left > 0 || ::BrotliDecoderHasMoreOutput(state) == BROTLI_TRUE);
  ::BrotliDecoderDestroyInstance(state);
  return out;
}

std::string Unzstded(std::string_view bytes) {
  ZSTD_DCtx* const context = ::ZSTD_createDCtx();
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::string out;
  std::array<char, 4096> room;
  std::size_t made = room.size();
  while (in.pos < in.size || made == room.size()) {
    ZSTD_outBuffer to{room.data(), room.size(), 0};
    BOOST_REQUIRE(::ZSTD_isError(::ZSTD_decompressStream(context, &to, &in)) == 0);
    out.append(room.data(), to.pos);
    made = to.pos;
  }
  ::ZSTD_freeDCtx(context);
  return out;
}

std::string Decoded(Coding coding, std::string_view bytes) {
  if (coding == Coding::gzip) return Gunzipped(bytes);
  return coding == Coding::br ? Unbrotlied(bytes) : Unzstded(bytes);
}

/// Text that repeats itself now and then, as pages do.
std::string Page(std::size_t size) {
  std::mt19937 random(static_cast<unsigned>(size));
  std::string page;
  while (page.size() < size) {
    page += "<li class=\"entry\">" + std::to_string(random() % 1000) + "</li>\n";
  }
  page.resize(size);
  return page;
}

constexpr std::array kCodings = {Coding::gzip, Coding::zstd, Coding::br};
constexpr std::array kEfforts = {Compress::Effort::fast, Compress::Effort::balanced,
                                 Compress::Effort::small};

BOOST_AUTO_TEST_SUITE(EncoderTest)

BOOST_AUTO_TEST_CASE(what_is_encoded_at_once_is_decoded_to_the_same) {
  for (const Coding coding : kCodings) {
    for (const Compress::Effort effort : kEfforts) {
      for (const std::size_t size : {0U, 1U, 1000U, 16384U, 1000000U}) {
        const std::string page = Page(size);
        const std::string encoded = Encoded(coding, effort, page);
        BOOST_TEST((Decoded(coding, encoded) == page), http::NameOf(coding) << " of " << size);
        if (size >= 1000) BOOST_TEST(encoded.size() < size / 3);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(each_piece_can_be_decoded_when_it_has_arrived) {
  for (const Coding coding : kCodings) {
    const auto encoder = MakeEncoder(coding, Compress::Effort::balanced);
    std::string sent;
    std::string plain;
    for (const std::size_t size : {10U, 1U, 100000U, 3U}) {
      const std::string piece = Page(size);
      plain += piece;
      BOOST_REQUIRE(encoder->Add(piece, Encoder::Flush::piece, sent));
      BOOST_TEST((Decoded(coding, sent) == plain), http::NameOf(coding) << " after " << size);
    }
    BOOST_REQUIRE(encoder->Add({}, Encoder::Flush::end, sent));
    BOOST_TEST((Decoded(coding, sent) == plain));
  }
}

BOOST_AUTO_TEST_CASE(bytes_at_random_grow_by_little) {
  std::mt19937 random(7);
  std::string noise(100000, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  for (const Coding coding : kCodings) {
    const std::string encoded = Encoded(coding, Compress::Effort::balanced, noise);
    BOOST_TEST(encoded.size() < noise.size() + 1000);
    BOOST_TEST((Decoded(coding, encoded) == noise));
  }
}

BOOST_AUTO_TEST_CASE(identity_has_none) {
  BOOST_TEST((MakeEncoder(Coding::identity, Compress::Effort::fast) == nullptr));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::coding

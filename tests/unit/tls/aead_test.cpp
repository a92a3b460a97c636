#include "tls/aead.hpp"

#include <boost/test/unit_test.hpp>
#include <random>

#include "tests/unit/tls/bytes.hpp"

namespace tined::tls {
namespace {

using test::BytesOf;
using test::ByteString;
using test::Hex;
using test::Libraries;
using test::Unhex;
using test::UnhexArray;

struct KnownAnswer {
  const char* name;
  Key key;
  Nonce nonce;
  ByteString aad;
  ByteString plain;
  ByteString sealed;
};

Key KeyFrom(Cipher cipher, std::string_view text) { return {UnhexArray<32>(text), cipher}; }

const ByteString& GcmPlain() {
  static const ByteString kPlain = Unhex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6"
      "b525b16aedf5aa0de657ba637b39");
  return kPlain;
}

std::vector<KnownAnswer> KnownAnswers() {
  const Nonce nonce = UnhexArray<12>("cafebabefacedbaddecaf888");
  const ByteString aad = Unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  return {
      {"GCM's specification, test case 2",
       KeyFrom(Cipher::aes_128_gcm, "00"),
       {},
       {},
       Unhex("00000000000000000000000000000000"),
       Unhex("0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf")},
      {"GCM's specification, test case 4",
       KeyFrom(Cipher::aes_128_gcm, "feffe9928665731c6d6a8f9467308308"), nonce, aad, GcmPlain(),
       Unhex("42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6"
             "a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47")},
      {"GCM's specification, test case 16",
       KeyFrom(Cipher::aes_256_gcm,
               "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"),
       nonce, aad, GcmPlain(),
       Unhex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08"
             "b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b")},
      {"RFC 8439, 2.8.2",
       KeyFrom(Cipher::chacha20_poly1305,
               "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"),
       UnhexArray<12>("070000004041424344454647"), Unhex("50515253c0c1c2c3c4c5c6c7"),
       BytesOf(
           "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
           "future, sunscreen would be it."),
       Unhex(
           "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb"
           "69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad6"
           "75945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd060069"
           "1")},
  };
}

ByteString Sealed(Aead& aead, const KnownAnswer& answer, std::size_t first) {
  ByteString out(answer.plain.size() + kTagSize);
  const ByteView plain(answer.plain);
  aead.Seal(answer.key, answer.nonce, answer.aad, {plain.first(first), plain.subspan(first)},
            out.data());
  return out;
}

Key RandomKey(std::mt19937& random) {
  Key key;
  key.cipher = static_cast<Cipher>(random() % kCiphers);
  std::generate_n(key.bytes.begin(), KeySize(key.cipher), [&] { return random() & 255; });
  return key;
}

ByteString RandomBytes(std::mt19937& random, std::size_t size) {
  ByteString bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(AeadTest)

BOOST_AUTO_TEST_CASE(known_answers_are_given_however_the_plain_bytes_are_cut) {
  for (const auto& aead : Libraries()) {
    for (const KnownAnswer& answer : KnownAnswers()) {
      for (std::size_t first = 0; first <= answer.plain.size(); ++first) {
        BOOST_TEST_CONTEXT(aead->library() << ": " << answer.name << ", cut at " << first) {
          BOOST_TEST(Hex(Sealed(*aead, answer, first)) == Hex(answer.sealed));
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(known_answers_are_opened) {
  for (const auto& aead : Libraries()) {
    for (const KnownAnswer& answer : KnownAnswers()) {
      BOOST_TEST_CONTEXT(aead->library() << ": " << answer.name) {
        ByteString out(answer.plain.size());
        BOOST_TEST(aead->Open(answer.key, answer.nonce, answer.aad, answer.sealed, out.data()));
        BOOST_TEST(Hex(out) == Hex(answer.plain));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_opened_of_which_a_bit_has_changed) {
  for (const auto& aead : Libraries()) {
    for (const KnownAnswer& answer : KnownAnswers()) {
      ByteString out(answer.plain.size());
      for (std::size_t bit = 0; bit < answer.sealed.size() * 8; ++bit) {
        ByteString changed = answer.sealed;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        BOOST_TEST(!aead->Open(answer.key, answer.nonce, answer.aad, changed, out.data()));
      }
      ByteString more = answer.aad;
      more.push_back(0);
      BOOST_TEST(!aead->Open(answer.key, answer.nonce, more, answer.sealed, out.data()));
      BOOST_TEST(!aead->Open(answer.key, answer.nonce, answer.aad,
                             ByteView(answer.sealed).first(kTagSize - 1), out.data()));
    }
  }
}

BOOST_AUTO_TEST_CASE(bytes_are_sealed_where_they_lie) {
  for (const auto& aead : Libraries()) {
    for (const KnownAnswer& answer : KnownAnswers()) {
      ByteString place = answer.plain;
      place.resize(answer.sealed.size());
      aead->Seal(answer.key, answer.nonce, answer.aad,
                 {ByteView(place).first(answer.plain.size()), {}}, place.data());
      BOOST_TEST(Hex(place) == Hex(answer.sealed));
    }
  }
}

BOOST_AUTO_TEST_CASE(keys_may_change_from_record_to_record) {
  std::mt19937 random(1);
  for (const auto& aead : Libraries()) {
    const std::vector<Key> keys = {RandomKey(random), RandomKey(random), RandomKey(random)};
    for (int i = 0; i < 300; ++i) {
      const Key& key = keys[random() % keys.size()];
      const Nonce nonce = {static_cast<std::uint8_t>(i)};
      const ByteString plain = RandomBytes(random, random() % 100);
      ByteString sealed(plain.size() + kTagSize);
      ByteString opened(plain.size());
      aead->Seal(key, nonce, {}, {plain, {}}, sealed.data());
      BOOST_TEST(aead->Open(key, nonce, {}, sealed, opened.data()));
      BOOST_TEST(opened == plain);
    }
  }
}

BOOST_AUTO_TEST_CASE(all_libraries_say_the_same_of_records_of_every_size) {
  const auto libraries = Libraries();
  std::mt19937 random(2);
  for (std::size_t size = 0; size < 20'000; size = size * 5 / 4 + 1) {
    const Key key = RandomKey(random);
    const ByteString plain = RandomBytes(random, size);
    const ByteString aad = RandomBytes(random, random() % 2 == 0 ? 5 : 13);
    const std::size_t cut = random() % (size + 1);
    ByteString first;
    for (const auto& aead : libraries) {
      ByteString sealed(size + kTagSize);
      aead->Seal(key, {}, aad, {ByteView(plain).first(cut), ByteView(plain).subspan(cut)},
                 sealed.data());
      if (first.empty()) first = sealed;
      BOOST_TEST(sealed == first);
      ByteString opened(size);
      BOOST_TEST(aead->Open(key, {}, aad, first, opened.data()));
      BOOST_TEST(opened == plain);
    }
  }
}

BOOST_AUTO_TEST_CASE(openssl_is_there_on_every_machine) {
  BOOST_TEST_REQUIRE(MakeAead(Library::openssl) != nullptr);
  BOOST_TEST(MakeAead(Library::openssl)->library().starts_with("3."));
  BOOST_TEST(MakeAead(Library::automatic) != nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::tls

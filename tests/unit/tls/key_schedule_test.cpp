#include "tls/key_schedule.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/tls/bytes.hpp"
#include "tls/key_cache.hpp"

namespace tined::tls {
namespace {

using test::BytesOf;
using test::ByteString;
using test::Hex;
using test::Unhex;
using test::UnhexArray;

Secret SecretFrom(std::string_view text) { return {UnhexArray<48>(text)}; }

const Secret kRfc8448Client =
    SecretFrom("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5");
const Secret kRfc8448Server =
    SecretFrom("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643");

}  // namespace

BOOST_AUTO_TEST_SUITE(KeyScheduleTest)

BOOST_AUTO_TEST_CASE(keys_are_those_of_rfc_8448) {
  KeySchedule schedule;
  const Keys client = schedule.KeysOf(Version::tls13, Suite::aes_128_gcm_sha256, kRfc8448Client);
  BOOST_TEST(Hex(ByteView(client.key.bytes).first(16)) == "17422dda596ed5d9acd890e3c63f5051");
  BOOST_TEST(Hex(client.iv) == "5b78923dee08579033e523d9");
  const Keys server = schedule.KeysOf(Version::tls13, Suite::aes_128_gcm_sha256, kRfc8448Server);
  BOOST_TEST(Hex(ByteView(server.key.bytes).first(16)) == "9f02283b6c9c07efc26bb9f2ac92e356");
  BOOST_TEST(Hex(server.iv) == "cf782b88dd83549aadf1e984");
}

BOOST_AUTO_TEST_CASE(the_prf_with_sha_256_gives_the_known_answer) {
  KeySchedule schedule;
  std::array<std::uint8_t, 100> out{};
  schedule.Expand(KeySchedule::Hash::sha256, Unhex("9bbe436ba940f017b17652849a71db35"),
                  "test label", Unhex("a0ba9f936cda311827a6f796ffd5198c"), out);
  BOOST_TEST(
      Hex(out) ==
      "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e"
      "14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5"
      "a72e5a5110fff70187347b66");
}

BOOST_AUTO_TEST_CASE(the_prf_with_sha_384_gives_the_known_answer) {
  KeySchedule schedule;
  std::array<std::uint8_t, 148> out{};
  schedule.Expand(KeySchedule::Hash::sha384, Unhex("b80b733d6ceefcdc71566ea48e5567df"),
                  "test label", Unhex("cd665cf6a8447dd6ff8b27555edb7465"), out);
  BOOST_TEST(
      Hex(out) ==
      "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f82b123"
      "3c9146a0e534cb400fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd"
      "4abfdad05d9184259b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee691c8f3a2"
      "6854308d5eaa3be85e0990703d73e56f");
}

BOOST_AUTO_TEST_CASE(a_key_block_is_cut_as_the_cipher_wants_it) {
  KeySchedule schedule;
  const ByteString master(48, 1);
  const ByteString client(32, 2);
  const ByteString server(32, 3);
  ByteString seed = server;
  seed.insert(seed.end(), client.begin(), client.end());

  ByteString expanded(2 * (16 + 4));
  schedule.Expand(KeySchedule::Hash::sha256, master, "key expansion", seed, expanded);
  const auto gcm =
      schedule.ExpandKeyBlock(Suite::ecdhe_rsa_aes_128_gcm_sha256, master, client, server);
  const std::string text = Hex(expanded);
  BOOST_TEST(Hex(gcm.client.bytes) ==
             text.substr(0, 32) + std::string(32, '0') + text.substr(64, 8) + std::string(24, '0'));
  BOOST_TEST(Hex(gcm.server.bytes) == text.substr(32, 32) + std::string(32, '0') +
                                          text.substr(72, 8) + std::string(24, '0'));

  expanded.resize(2 * (32 + 12));
  schedule.Expand(KeySchedule::Hash::sha256, master, "key expansion", seed, expanded);
  const auto chacha =
      schedule.ExpandKeyBlock(Suite::ecdhe_ecdsa_chacha20_poly1305_sha256, master, client, server);
  const std::string longer = Hex(expanded);
  BOOST_TEST(Hex(chacha.client.bytes) ==
             longer.substr(0, 64) + longer.substr(128, 24) + std::string(8, '0'));
  BOOST_TEST(Hex(chacha.server.bytes) ==
             longer.substr(64, 64) + longer.substr(152, 24) + std::string(8, '0'));
}

BOOST_AUTO_TEST_CASE(a_secret_is_followed_by_another_of_its_size) {
  KeySchedule schedule;
  const Secret next = schedule.NextOf(Suite::aes_128_gcm_sha256, kRfc8448Client);
  std::array<std::uint8_t, 32> expanded{};
  schedule.ExpandLabel(KeySchedule::Hash::sha256, ByteView(kRfc8448Client.bytes).first(32),
                       "traffic upd", expanded);
  BOOST_TEST(Hex(next.bytes) == Hex(expanded) + std::string(32, '0'));
  const Secret longer = schedule.NextOf(Suite::aes_256_gcm_sha384, kRfc8448Client);
  BOOST_TEST(Hex(longer.bytes).substr(64) != std::string(32, '0'));
}

BOOST_AUTO_TEST_CASE(cached_keys_are_those_of_the_secret_that_is_asked_for) {
  KeySchedule schedule;
  Session session;
  session.version = Version::tls13;
  session.suite = Suite::aes_128_gcm_sha256;
  KeyCache cache;
  const auto key = [&](const Secret& secret) {
    return Hex(ByteView(cache.Inbound(schedule, session, secret).key.bytes).first(4));
  };
  BOOST_TEST(key(kRfc8448Client) == "17422dda");
  BOOST_TEST(key(kRfc8448Client) == "17422dda");
  BOOST_TEST(key(kRfc8448Server) == "9f02283b");
  BOOST_TEST(key(kRfc8448Client) == "17422dda");
  session.suite = Suite::chacha20_poly1305_sha256;
  BOOST_TEST(key(kRfc8448Client) != "17422dda");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::tls

#include "handshake/x509.hpp"

#include <arpa/inet.h>
#include <fmt/chrono.h>
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace tined::handshake {
namespace {

using AlternativeNamesPointer = std::unique_ptr<GENERAL_NAMES, FreedBy<GENERAL_NAMES_free>>;
using NumberPointer = std::unique_ptr<BIGNUM, FreedBy<BN_free>>;

void FreeText(char* text) { OPENSSL_free(text); }
using TextPointer = std::unique_ptr<char, FreedBy<FreeText>>;

std::string_view TextOf(const ASN1_STRING* string) noexcept {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

bool IsPrintable(std::string_view text) noexcept {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

std::string AddressText(const ASN1_STRING* address) {
  const std::string_view bytes = TextOf(address);
  if (bytes.size() != 4 && bytes.size() != 16) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
  return text.data();
}

AlternativeName Read(const GENERAL_NAME* name) {
  int type = 0;
  const auto* const value = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(name, &type));
  switch (type) {
    case GEN_DNS:
      return {"DNS", std::string(TextOf(value))};
    case GEN_EMAIL:
      return {"email", std::string(TextOf(value))};
    case GEN_URI:
      return {"URI", std::string(TextOf(value))};
    case GEN_IPADD:
      return {"IP", AddressText(value)};
    default:
      return {};
  }
}

/// The curve of an EC key by the name that groups have in TLS.
std::string_view CurveName(EVP_PKEY* key) {
  std::array<char, 80> name{};
  if (EVP_PKEY_get_group_name(key, name.data(), name.size(), nullptr) != 1) return "?";
  const char* const nist = EC_curve_nid2nist(OBJ_txt2nid(name.data()));
  return nist != nullptr ? nist : "of another curve";
}

}  // namespace

std::string NameText(const X509_NAME* name) {
  const BioPointer out = Writing();
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  return std::string(Held(out.get()));
}

WallTime TimeOf(const ASN1_TIME* time) noexcept {
  std::tm parts{};
  // What is no time is long past.
  if (ASN1_TIME_to_tm(time, &parts) != 1) return WallTime();
  return WallClock::from_time_t(::timegm(&parts));
}

std::string TimeText(WallTime time) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(WallClock::to_time_t(time)));
}

std::vector<AlternativeName> AlternativeNames(const X509* certificate) {
  const AlternativeNamesPointer names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<AlternativeName> found;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    AlternativeName name = Read(sk_GENERAL_NAME_value(names.get(), i));
    if (IsPrintable(name.text)) found.push_back(std::move(name));
  }
  return found;
}

std::string CommonName(const X509* certificate) {
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  int last = -1;
  for (int i = -1; (i = X509_NAME_get_index_by_NID(subject, NID_commonName, i)) >= 0;) last = i;
  if (last < 0) return {};
  const std::string_view text =
      TextOf(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
  return IsPrintable(text) ? std::string(text) : std::string();
}

std::string SerialText(const X509* certificate) {
  const NumberPointer number(
      Made(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr)));
  const TextPointer text(Made(BN_bn2hex(number.get())));
  return text.get();
}

std::string Fingerprint(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  X509_digest(certificate, EVP_sha256(), digest.data(), &size);
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

std::string PemOf(X509* certificate) {
  const BioPointer out = Writing();
  PEM_write_bio_X509(out.get(), certificate);
  return std::string(Held(out.get()));
}

std::string KeyText(EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      return fmt::format("RSA {}", EVP_PKEY_get_bits(key));
    case EVP_PKEY_RSA_PSS:
      return fmt::format("RSA-PSS {}", EVP_PKEY_get_bits(key));
    case EVP_PKEY_EC:
      return fmt::format("ECDSA {}", CurveName(key));
    case EVP_PKEY_ED25519:
      return "Ed25519";
    case EVP_PKEY_ED448:
      return "Ed448";
    default:
      return "of an unknown kind";
  }
}

bool IsSelfSigned(X509* certificate) { return X509_self_signed(certificate, 1) == 1; }

}  // namespace tined::handshake

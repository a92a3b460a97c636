#include "handshake/chain.hpp"

#include <fmt/format.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "handshake/x509.hpp"

namespace tined::handshake {
namespace {

using AccessPointer = std::unique_ptr<AUTHORITY_INFO_ACCESS, FreedBy<AUTHORITY_INFO_ACCESS_free>>;
using KeyIdPointer = std::unique_ptr<AUTHORITY_KEYID, FreedBy<AUTHORITY_KEYID_free>>;

/// Bits of security that OpenSSL's level 2 wants, and everybody: RSA 2048, SHA-224.
constexpr int kBitsOfSecurity = 112;

bool HasIssued(X509* issuer, X509* certificate) {
  return X509_check_issued(issuer, certificate) == X509_V_OK &&
         X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
}

/// It says where its issuer's certificate can be got: authorities that issue from their root have
/// no use for that.
bool NamesIssuersPlace(const X509* certificate) {
  const AccessPointer access(static_cast<AUTHORITY_INFO_ACCESS*>(
      X509_get_ext_d2i(certificate, NID_info_access, nullptr, nullptr)));
  for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access.get()); ++i) {
    const ACCESS_DESCRIPTION* const each = sk_ACCESS_DESCRIPTION_value(access.get(), i);
    if (OBJ_obj2nid(each->method) == NID_ad_ca_issuers) return true;
  }
  return false;
}

/// It says who issued its issuer, and that was somebody else: the issuer is no root.
bool NamesIssuersIssuer(const X509* certificate) {
  const KeyIdPointer id(static_cast<AUTHORITY_KEYID*>(
      X509_get_ext_d2i(certificate, NID_authority_key_identifier, nullptr, nullptr)));
  if (!id) return false;
  for (int i = 0; i < sk_GENERAL_NAME_num(id->issuer); ++i) {
    int type = 0;
    const void* const value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(id->issuer, i), &type);
    if (type == GEN_DIRNAME && X509_NAME_cmp(static_cast<const X509_NAME*>(value),
                                             X509_get_issuer_name(certificate)) != 0) {
      return true;
    }
  }
  return false;
}

bool IsKeyOfTls(EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
    case EVP_PKEY_ED25519:
    case EVP_PKEY_ED448:
      return true;
    case EVP_PKEY_EC: {
      const std::string text = KeyText(key);
      return text.ends_with(" P-256") || text.ends_with(" P-384") || text.ends_with(" P-521");
    }
    default:
      return false;
  }
}

void AddWeaknesses(X509* certificate, std::vector<std::string>& found) {
  EVP_PKEY* const key = X509_get0_pubkey(certificate);
  const std::string whose = SubjectOf(certificate);
  if (key == nullptr || !IsKeyOfTls(key)) {
    found.push_back(
        fmt::format("{}: its key ({}) is none that TLS takes: use ECDSA P-256 or RSA of 2048 bits",
                    whose, key == nullptr ? "of an unknown kind" : KeyText(key)));
  } else if (EVP_PKEY_get_security_bits(key) < kBitsOfSecurity) {
    found.push_back(
        fmt::format("{}: its key is weak ({}): use ECDSA P-256 or RSA of 2048 bits at least", whose,
                    KeyText(key)));
  }
  int digest = NID_undef;
  int bits = 0;
  // Nobody looks at how a root is signed.
  if (!IsSelfSigned(certificate) &&
      X509_get_signature_info(certificate, &digest, nullptr, &bits, nullptr) == 1 &&
      bits < kBitsOfSecurity) {
    found.push_back(fmt::format("{}: its signature is weak ({}): have it issued with SHA-256",
                                whose, OBJ_nid2sn(digest)));
  }
}

/// A certificate of a subject that the chain has as well was issued by two authorities: one of them
/// is enough.
bool HasStranger(const Chain& chain) {
  return std::any_of(chain.others.begin(), chain.others.end(), [&](const X509Pointer& other) {
    return std::none_of(chain.links.begin(), chain.links.end(), [&](const X509Pointer& link) {
      return X509_NAME_cmp(X509_get_subject_name(other.get()), X509_get_subject_name(link.get())) ==
             0;
    });
  });
}

}  // namespace

Chain ChainOf(std::vector<X509Pointer> certificates) {
  Chain chain{.links = {}, .others = std::move(certificates)};
  auto next = chain.others.begin();
  do {
    chain.links.push_back(std::move(*next));
    chain.others.erase(next);
    next = chain.others.begin();
    if (IsSelfSigned(chain.links.back().get())) break;
    next = std::find_if(next, chain.others.end(), [&](const X509Pointer& each) {
      return HasIssued(each.get(), chain.links.back().get());
    });
  } while (next != chain.others.end());
  ForgetErrors();
  return chain;
}

Gap FindGap(const Chain& chain) {
  X509* const last = chain.links.back().get();
  if (IsSelfSigned(last)) return {};
  const bool is_alone = chain.links.size() == 1;
  const bool is_certain =
      HasStranger(chain) || NamesIssuersIssuer(last) || (is_alone && NamesIssuersPlace(last));
  // An authority that has issued an intermediate one is a root as a rule.
  if (!is_certain && !is_alone) return {};
  return {is_certain ? Gap::Kind::certain : Gap::Kind::maybe, IssuerOf(last)};
}

std::vector<std::string> Weaknesses(const Chain& chain) {
  std::vector<std::string> found;
  for (const X509Pointer& each : chain.links) AddWeaknesses(each.get(), found);
  return found;
}

}  // namespace tined::handshake

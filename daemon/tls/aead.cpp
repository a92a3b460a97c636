#include "tls/aead.hpp"

#include "tls/ipsec_mb_aead.hpp"
#include "tls/openssl_aead.hpp"

namespace tined::tls {

std::unique_ptr<Aead> MakeAead(Library library) {
  if (library != Library::openssl) {
    std::unique_ptr<Aead> aead = MakeIpsecMbAead();
    if (aead != nullptr || library == Library::ipsec_mb) return aead;
  }
  return std::make_unique<OpensslAead>();
}

}  // namespace tined::tls

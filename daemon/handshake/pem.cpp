#include "handshake/pem.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

namespace tined::handshake {
namespace {

/// Sets the bool behind `was_asked`: there is no password, and nobody to ask for one.
int AskNobody(char*, int, int, void* was_asked) {
  *static_cast<bool*>(was_asked) = true;
  return -1;
}

/// Nothing but the end of the file keeps OpenSSL from reading on.
bool IsAtEnd() noexcept {
  const unsigned long error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

/// DER begins with a sequence.
bool IsDer(const File& file) noexcept { return file.bytes.starts_with('\x30'); }

/// What `read` finds in a file until there is no more; `what` and `command` (of openssl) are for
/// messages.
template <typename Pointer, typename Read>
std::vector<Pointer> ReadAll(const File& file, Read read, const char* what, const char* command) {
  const BioPointer in = Reading(file.bytes);
  std::vector<Pointer> found;
  while (Pointer each{read(in.get(), nullptr, nullptr, nullptr)}) found.push_back(std::move(each));
  const bool is_whole = IsAtEnd();
  const std::string reason = TakeReason();
  if (!is_whole) {
    RefuseFile(file, fmt::format("{} {} in it cannot be read ({}): put the file there again", what,
                                 found.size() + 1, reason));
  }
  if (!found.empty()) return found;
  if (IsDer(file)) {
    RefuseFile(file,
               fmt::format("is DER, not PEM: convert it with `openssl {} -inform DER`", command));
  }
  RefuseFile(file, fmt::format("has no {} in PEM in it: check that it is the right file", what));
}

}  // namespace

std::vector<X509Pointer> ReadCertificates(const File& file) {
  return ReadAll<X509Pointer>(file, PEM_read_bio_X509, "certificate", "x509");
}

std::vector<CrlPointer> ReadRevocationLists(const File& file) {
  return ReadAll<CrlPointer>(file, PEM_read_bio_X509_CRL, "revocation list", "crl");
}

KeyPointer ReadKey(const File& file) {
  const BioPointer in = Reading(file.bytes);
  bool was_asked = false;
  KeyPointer key(PEM_read_bio_PrivateKey(in.get(), nullptr, AskNobody, &was_asked));
  const bool is_none = IsAtEnd();
  const std::string reason = TakeReason();
  if (key) return key;
  if (was_asked) {
    RefuseFile(file,
               "the key is encrypted, and nobody can be asked for the password: decrypt it with "
               "`openssl pkey -in FILE -out NEW`");
  }
  if (IsDer(file)) RefuseFile(file, "is DER, not PEM: convert it with `openssl pkey -inform DER`");
  if (is_none || reason == "unsupported") {
    RefuseFile(file, "has no private key in PEM in it: check that it is the right file");
  }
  RefuseFile(file, fmt::format("the key cannot be read ({}): put the file there again", reason));
}

}  // namespace tined::handshake

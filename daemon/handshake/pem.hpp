// Certificates, keys and revocation lists read from PEM, and what is wrong with a file in words.
// Handshaker, any thread.
#pragma once

#include <vector>

#include "handshake/openssl.hpp"
#include "handshake/settings.hpp"

namespace tined::handshake {

/// All certificates of a file, one at least, in its order. Throws Refused.
[[nodiscard]] std::vector<X509Pointer> ReadCertificates(const File& file);
/// The first private key of a file. Throws Refused, too, when it is encrypted.
[[nodiscard]] KeyPointer ReadKey(const File& file);
/// All revocation lists of a file, one at least. Throws Refused.
[[nodiscard]] std::vector<CrlPointer> ReadRevocationLists(const File& file);

}  // namespace tined::handshake

// Where tests listen, so that no key and sequence number is ever used twice for what leaves. It
// costs nothing; the build of tests/windows keeps an account of it there.
#pragma once

#include <memory>

#include "tls/aead.hpp"

namespace tined::tls {

#ifdef TINED_ORDER_POINTS
// tests/windows/seal_audit.cpp.
/// The same, with whatever it seals in the account.
[[nodiscard]] std::unique_ptr<Aead> Audited(std::unique_ptr<Aead> aead);
/// Bytes of `window`, whole records, are about to leave.
void AuditWindow(ByteView window) noexcept;
#else
[[nodiscard]] inline std::unique_ptr<Aead> Audited(std::unique_ptr<Aead> aead) { return aead; }
inline void AuditWindow(ByteView) noexcept {}
#endif

}  // namespace tined::tls

// Enters what this process seals and sends into the account that the test has made
// (seal_audit.hpp). Without one nothing is entered.
#include "tls/seal_audit.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "base/digest.hpp"
#include "tests/windows/seal_audit.hpp"
#include "tls/record_cipher.hpp"

namespace tined::tls {
namespace {

test::SealAudit* Account() noexcept {
  static test::SealAudit* const account = []() -> test::SealAudit* {
    const char* const name = std::getenv(test::kSealAuditVariable);
    const int file = name == nullptr ? -1 : ::open(name, O_RDWR | O_CLOEXEC);
    if (file < 0) return nullptr;
    void* const memory =
        ::mmap(nullptr, sizeof(test::SealAudit), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    return memory == MAP_FAILED ? nullptr : static_cast<test::SealAudit*>(memory);
  }();
  return account;
}

std::uint64_t NumberOf(ByteView bytes) noexcept {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return std::max<std::uint64_t>(Digest(text), 1);
}

class AuditedAead final : public Aead {
 public:
  AuditedAead(std::unique_ptr<Aead> aead, test::SealAudit& account)
      : aead_(std::move(aead)), account_(account) {}

  void Seal(const Key& key, const Nonce& nonce, ByteView aad, const Plain& plain,
            std::uint8_t* out) noexcept override {
    aead_->Seal(key, nonce, aad, plain, out);
    std::array<std::uint8_t, sizeof key.bytes + sizeof nonce> seat;
    std::copy(nonce.begin(), nonce.end(),
              std::copy(key.bytes.begin(), key.bytes.end(), seat.begin()));
    account_.OnSealed(NumberOf(seat),
                      NumberOf({out + plain.begin.size() + plain.end.size(), kTagSize}));
  }
  [[nodiscard]] bool Open(const Key& key, const Nonce& nonce, ByteView aad, ByteView sealed,
                          std::uint8_t* out) noexcept override {
    return aead_->Open(key, nonce, aad, sealed, out);
  }
  [[nodiscard]] std::string library() const override { return aead_->library(); }

 private:
  const std::unique_ptr<Aead> aead_;
  test::SealAudit& account_;
};

}  // namespace

std::unique_ptr<Aead> Audited(std::unique_ptr<Aead> aead) {
  test::SealAudit* const account = Account();
  if (!aead || account == nullptr) return aead;
  return std::make_unique<AuditedAead>(std::move(aead), *account);
}

void AuditWindow(ByteView window) noexcept {
  test::SealAudit* const account = Account();
  if (account == nullptr) return;
  while (window.size() > kHeaderSize) {
    const std::size_t size = kHeaderSize + ReadHeader(window).size;
    if (size > window.size() || size < kHeaderSize + kTagSize) return void(++account->unknown);
    account->OnSent(NumberOf(window.subspan(size - kTagSize, kTagSize)));
    window = window.subspan(size);
  }
  if (!window.empty()) ++account->unknown;
}

}  // namespace tined::tls

#include "handshake/openssl.hpp"

#include <openssl/err.h>

namespace tined::handshake {

BioPointer Reading(std::string_view bytes) {
  return BioPointer(Made(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))));
}

BioPointer Writing() { return BioPointer(Made(BIO_new(BIO_s_mem()))); }

std::string_view Held(BIO* bio) noexcept {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string_view(data, static_cast<std::size_t>(size)) : std::string_view();
}

std::string TakeReason() {
  const unsigned long error = ERR_peek_last_error();
  const char* const reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  std::string text = reason != nullptr ? reason : "";
  ERR_clear_error();
  return text;
}

void ForgetErrors() noexcept { ERR_clear_error(); }

}  // namespace tined::handshake

// What is said to have been told of a client, arbitrary bytes: reading it looks at nothing beside
// them, all that comes of it prints, and it is told again alike.
#include <algorithm>
#include <cstdint>

#include "tests/fuzz/input.hpp"
#include "tls/facts.hpp"

namespace tined::tls {
namespace {

using fuzz::Require;

void RequirePrintable(std::string_view value, bool may_have_lines = false) {
  Require(
      std::all_of(value.begin(), value.end(),
                  [&](char c) { return (c >= ' ' && c <= '~') || (may_have_lines && c == '\n'); }),
      "what is told prints");
}

void Check(std::string_view bytes) {
  const fuzz::Alone alone(bytes);
  const Facts facts = Decode(alone.view());
  RequirePrintable(facts.server_name);
  RequirePrintable(facts.protocol);
  if (facts.client) {
    const ClientCertificate& client = *facts.client;
    for (const std::string_view value : {client.subject, client.issuer, client.names, client.serial,
                                         client.fingerprint, client.begins, client.expires}) {
      RequirePrintable(value);
    }
    RequirePrintable(client.pem, true);
  }
  const std::optional<std::string> again = Encode(facts);
  if (!again) return;
  const Facts same = Decode(*again);
  Require(same.server_name == facts.server_name && same.protocol == facts.protocol &&
              same.is_resumed == facts.is_resumed &&
              same.client.has_value() == facts.client.has_value(),
          "it is told again alike");
}

}  // namespace
}  // namespace tined::tls

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tined::tls::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}
